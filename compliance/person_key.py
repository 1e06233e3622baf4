"""Which secret are pseudonyms made with, and who is on the protected list that it seals?

The key lies in the workspace and nowhere else; rules/persons.toml holds keyed digests alone, so
that whoever reads it learns nobody's name. A list that was made with another key would match
nobody, in silence: it is refused. Knows no vendor and no table.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import secrets
from pathlib import Path

import polars as pl

from compliance import files
from compliance import person_signs as signs
from compliance.errors import InputError, Place, UsageError
from compliance.person_rules import PersonRules

_KEY_BYTES = 32


def key_of(path: Path, rules: PersonRules) -> bytes:
    """Return the key, as `load_or_make_key` does. Raises InputError as `check_key` does."""
    check_key(path, rules)
    return load_or_make_key(path)


def check_key(path: Path, rules: PersonRules) -> None:
    """Refuse a protected list that was made with another key than this; makes none.

    Its digests would match nobody, and whom they protect would be published as anybody else is.
    An entry without `key_check` is taken for this key's. Raises InputError.
    """
    if not rules.protected:
        return
    anew = (
        "restore it from a backup; if it is lost, remove every [[protected]] from "
        "rules/persons.toml, and run `compliance protect` anew for each person"
    )
    if not path.exists():
        raise InputError(
            "the key that the protected persons were entered with is missing",
            at=Place(path.name),
            why="with another key no [[protected]] in rules/persons.toml matches anybody, and who "
            "is protected would be published",
            fix=anew,
        )
    own = _key_check(load_or_make_key(path))
    if others := [id for id, check in rules.key_checks if check != own]:
        raise InputError(
            "it is not the key that the protected persons were entered with",
            at=Place(path.name),
            why=f"[[protected]] {others[0]!r} in rules/persons.toml was made with another; with "
            "this one it matches nobody, and who is protected would be published",
            fix=anew,
        )


def load_or_make_key(path: Path) -> bytes:
    """Return the secret behind the pseudonyms; make it, readable by its owner alone, when missing.

    Whoever has it can try all numbers until one fits a pseudonym. Without it every pseudonym
    changes, and decisions on persons' matches apply to nobody. Raises InputError when others may
    read it or it is damaged.
    """
    if not path.exists():
        with contextlib.suppress(FileExistsError):  # another process was quicker: its key counts
            files.write_once(path, secrets.token_hex(_KEY_BYTES).encode() + b"\n")
    if path.stat().st_mode & 0o077:
        raise InputError(
            "others than its owner may read the key behind the pseudonyms",
            at=Place(path.name),
            why="with it, every pseudonym can be turned back into a personal number",
            fix=f"chmod 600 {path.name}; if others have read it, make a new one by removing it: "
            "every pseudonym changes, decisions on persons apply to nobody, and each [[protected]] "
            "in rules/persons.toml must be removed first and made anew by `compliance protect`",
        )
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise InputError(
            "the key behind the pseudonyms is damaged",
            at=Place(path.name),
            why=f"it is {2 * _KEY_BYTES} hexadecimal digits",
            fix="restore it from a backup; a new one changes every pseudonym",
        )
    return key


def pseudonym(key: bytes, *parts: str | None) -> str:
    """Return `P` and 11 base32 characters (55 bits) that only the key's holder can recompute."""
    text = "\x1f".join(part or "" for part in parts)
    digest = hmac.digest(key, text.encode(), "sha256")
    return "P" + base64.b32encode(digest).decode()[:11]


def protected_digest(key: bytes, identity: str) -> str:
    """Return what rules/persons.toml holds for a protected person: 64 hexadecimal digits.

    `identity` is a personal number in any form, or a name.
    """
    frame = pl.DataFrame({"identity": [identity]}).select(
        pl.coalesce(signs.ten(signs.squeezed(pl.col("identity"))), signs.folded(pl.col("identity")))
    )
    return listed_as(key, str(frame.item()))


def listed_as(key: bytes, identity: str) -> str:
    """Return the digest of a ten-digit number or a folded name, as `protected_digest` finds it."""
    return hmac.digest(key, b"protected\x1f" + identity.encode(), "sha256").hex()


def protected_entry(key: bytes, identity: str) -> str:
    """Return the entry for rules/persons.toml, to be given an id and a reason by its reader.

    Raises UsageError when there is nothing to protect.
    """
    if not identity.strip():
        raise UsageError(
            "nobody is named",
            at=Place("stdin"),
            fix="write a personal number or a name on one line, and end it with Enter",
        )
    digest = protected_digest(key, identity.strip())
    return (
        f'[[protected]]\nid = "…"\nwhy = "…"\nsource = "…"\ndigest = "{digest}"\n'
        f'key_check = "{_key_check(key)}"'
    )


def _key_check(key: bytes) -> str:
    """Return 16 hexadecimal digits that tell one key from another, and nothing of it."""
    return hmac.digest(key, b"key_check", "sha256").hex()[:16]
