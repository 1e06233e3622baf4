"""Which profile fits this file? Its rows, as text.

The container is read off the first bytes and must agree with the file's name; the profile is found
from the header alone, never from content. Knows no dates, amounts or postings.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import InputError, Place
from compliance.profiles import Profile, header_key
from compliance.readers import EMPTY, Block, Head, Table
from compliance.readers.delimited import Delimited
from compliance.readers.rowstore import Rowstore
from compliance.readers.workbook import Workbook

TEXT_SUFFIXES = frozenset({".csv", ".txt", ".tsv", ".skv", ".tab"})
BOOK_SUFFIXES = frozenset({".xlsx", ".xlsm", ".xls"})
JSON_SUFFIXES = frozenset({".json"})
LEDGER_SUFFIXES = TEXT_SUFFIXES | BOOK_SUFFIXES | JSON_SUFFIXES
_NAME_AND_CONTENT = "how a file is read follows from its name; what it holds must agree with that"


@dataclass
class Extract:
    """A ledger file whose layout is known: `blocks` may be walked again and again."""

    profile: Profile
    head: Head
    table: Table
    sha256: str

    def position(self, header: str) -> int | None:
        """Return where a header stands in the file, or None."""
        keys = [header_key(name) for name in self.head.names]
        key = header_key(header)
        return keys.index(key) if key in keys else None

    def blocks(self, positions: Sequence[int]) -> Iterator[Block]:
        """Give the rows, with the columns at `positions` only."""
        return self.table.blocks(self.head, tuple(sorted(set(positions))))


def extract(path: Path, file: str, profiles: Sequence[Profile]) -> Extract:
    """Recognise one file. Raises InputError when no profile fits, or two do."""
    container = container_of(path, file)
    fitting = [profile for profile in profiles if profile.container == container]
    if container == "delimited":
        return _delimited(path, file, fitting)
    if container == "workbook":
        book = Workbook.open(path, file)
        heads = book.heads()
        profile, head = recognise(file, heads, fitting)
        _refuse_second_sheet(file, profile, head, heads)
        return Extract(profile, head, book.bound(profile), book.sha256)
    store = Rowstore.open(path, file)
    profile, head = recognise(file, [store.head()], fitting)
    return Extract(profile, head, store.bound(profile), store.sha256)


def _delimited(path: Path, file: str, profiles: Sequence[Profile]) -> Extract:
    text = Delimited.open(path, file)
    delimiters = tuple(sorted({d for profile in profiles for d in profile.delimiters}))
    candidates: list[tuple[Head, tuple[Profile, ...]]] = []
    for encodings in sorted({profile.encodings for profile in profiles}):
        able = tuple(profile for profile in profiles if profile.encodings == encodings)
        candidates += [(head, able) for head in text.heads(encodings, delimiters)]
    try:
        profile, head = _choose(file, candidates)
    except InputError:
        # Letters that cannot be trusted explain an unknown header better than its names do.
        text.settle(("utf-8", "cp1252"))
        raise
    settled = text.settle(profile.encodings)
    return Extract(profile, head._replace(encoding=settled), text, text.found.sha256)


def container_of(path: Path, file: str) -> str:
    """Return `delimited`, `workbook` or `rowstore`; InputError when name and bytes differ."""
    with path.open("rb") as opened:
        start = opened.read(512)
    suffix = path.suffix.lower()
    is_zip, is_ole = start.startswith(b"PK\x03\x04"), start.startswith(b"\xd0\xcf\x11\xe0")
    body = start.lstrip(b"\xef\xbb\xbf \t\r\n")

    def refuse(what: str, fix: str, why: str = _NAME_AND_CONTENT) -> InputError:
        return InputError(what, at=Place(file), why=why, fix=fix)

    if suffix in BOOK_SUFFIXES:
        if is_zip or (is_ole and suffix == ".xls"):
            return "workbook"
        if is_ole:
            raise refuse(
                f"a {suffix} file that is no such workbook: it is protected, or an old .xls",
                "open it in Excel, take away the password, and save it as .xlsx",
            )
        if not start:
            raise refuse("the file is empty", "export it again, or take it away", EMPTY)
        raise refuse(
            f"the name says {suffix}, but the content is no workbook",
            "if it is text, name it .csv; otherwise save it in Excel as .xlsx",
        )
    if is_zip or is_ole:
        raise refuse(
            f"the name says {suffix or 'nothing'}, but the content is a workbook or a zip",
            "name it .xlsx (or .xls), or export it as text",
        )
    if suffix in JSON_SUFFIXES:
        return "rowstore"
    if body[:1] in (b"{", b"["):
        raise refuse(f"the name says {suffix}, but the content is JSON", "name it .json")
    if body[:5].lower() in (b"<?xml", b"<html", b"<!doc"):
        raise refuse(
            f"the name says {suffix}, but the content is XML or a web page",
            "put Peppol invoices in ledger/peppol, or export the ledger as text",
        )
    return "delimited"


def recognise(
    file: str, heads: Sequence[Head], profiles: Sequence[Profile]
) -> tuple[Profile, Head]:
    """Find the one profile and header row that fit each other. Raises InputError otherwise."""
    return _choose(file, [(head, tuple(profiles)) for head in heads])


@dataclass(frozen=True)
class _Fit:
    profile: Profile
    head: Head
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


def _choose(
    file: str, candidates: Sequence[tuple[Head, tuple[Profile, ...]]]
) -> tuple[Profile, Head]:
    fits = [
        _fit(profile, head)
        for head, profiles in candidates
        for profile in profiles
        if head.row <= profile.header_within
        and (not head.delimiter or head.delimiter in profile.delimiters)
        and (not head.sheet or not profile.sheet or head.sheet == profile.sheet)
    ]
    whole = [fit for fit in fits if not fit.missing]
    exact = [fit for fit in whole if not fit.unknown]
    loose = [fit for fit in whole if fit.profile.other_columns and not _slips(fit)]
    chosen = _first_of_each(exact) or _first_of_each(loose)
    if len(chosen) > 1:
        raise InputError(
            "two source profiles fit this header",
            at=Place(file, row=chosen[0].head.row),
            why=f"{_header(chosen[0].head)}; "
            + " and ".join(f"`{fit.profile.id}`" for fit in chosen)
            + " read the same columns and lack none",
            fix="take one of them out of rules/sources, or let it name a column that is its own",
        )
    if not chosen:
        raise _parted_otherwise(file, candidates) or _nothing_fits(file, fits)
    _refuse_doubled(file, chosen[0].head)
    return chosen[0].profile, chosen[0].head


def _fit(profile: Profile, head: Head) -> _Fit:
    keys = {header_key(name) for name in head.names} - {""}
    return _Fit(
        profile,
        head,
        tuple(sorted(profile.required() - keys)),
        tuple(sorted(keys - profile.known())),
    )


def _slips(fit: _Fit) -> bool:
    """Whether an unknown column looks like a declared one that is not there, misspelt."""
    absent = fit.profile.known() - {header_key(name) for name in fit.head.names}
    return any(difflib.get_close_matches(key, absent, n=1, cutoff=0.85) for key in fit.unknown)


def _first_of_each(fits: Sequence[_Fit]) -> list[_Fit]:
    first: dict[str, _Fit] = {}
    for fit in sorted(fits, key=lambda fit: fit.head.row):
        first.setdefault(fit.profile.id, fit)
    return [first[name] for name in sorted(first)]


def _refuse_second_sheet(file: str, profile: Profile, head: Head, heads: Sequence[Head]) -> None:
    for other in heads:
        if profile.sheet or other.sheet == head.sheet:
            continue
        if not _fit(profile, other).missing:
            raise InputError(
                f"two sheets hold a ledger: {head.sheet} and {other.sheet}",
                at=Place(file, row=other.row),
                why="only one sheet of a file is read, so the other's postings would be missing",
                fix="deliver each sheet as its own file",
            )


def _refuse_doubled(file: str, head: Head) -> None:
    keys = [header_key(name) for name in head.names]
    for position, key in enumerate(keys):
        if key and key in keys[:position]:
            raise InputError(
                f"two columns are called `{head.names[position].strip()}`",
                at=Place(file, row=head.row, column=head.names[position].strip()),
                why="nothing tells which of them holds the value",
                fix="rename or take away one of them in the export",
            )


def _parted_otherwise(
    file: str, candidates: Sequence[tuple[Head, tuple[Profile, ...]]]
) -> InputError | None:
    """Say that a header is known, but parted by a sign that its profile does not declare."""
    for head, profiles in candidates:
        for profile in profiles:
            if not head.delimiter or head.delimiter in profile.delimiters:
                continue
            if not _fit(profile, head).missing and head.row <= profile.header_within:
                return InputError(
                    f"the cells are parted by {head.delimiter!r}",
                    at=Place(file, row=head.row),
                    why=f"`{profile.id}` knows these columns, parted by "
                    f"{' or '.join(map(repr, profile.delimiters))}",
                    fix="export it so, or add the sign to `delimiters` of the source profile",
                )
    return None


def _header(head: Head) -> str:
    return "the header is " + ", ".join(n.strip() for n in head.names if n.strip())[:400]


def _likeness(fit: _Fit) -> float:
    """Return the names that header and profile share, out of all that either asks for."""
    keys = {header_key(name) for name in fit.head.names} - {""}
    return len(keys & fit.profile.known()) / max(len(keys) + len(fit.missing), 1)


def _nothing_fits(file: str, fits: Sequence[_Fit]) -> InputError:
    if not fits:
        return InputError(
            "no row can be read as a header",
            at=Place(file, row=1),
            why="the layout of a file is known by its header alone",
            fix="check that this is a ledger export, or run `compliance source FILE`",
        )
    near = min(fits, key=lambda fit: (-_likeness(fit), len(fit.missing), fit.head.row))
    lacks = f"lacks {', '.join(near.missing)}" if near.missing else "lacks nothing"
    extra = f" and does not know {', '.join(near.unknown)}" if near.unknown else ""
    return InputError(
        "no source profile fits this header",
        at=Place(file, row=near.head.row),
        why=f"{_header(near.head)}; for the nearest profile, `{near.profile.id}`, "
        f"it {lacks}{extra}",
        fix="check that this is a ledger export, or run `compliance source FILE` for a draft of a "
        "profile",
    )
