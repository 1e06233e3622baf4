"""Many spellings in the ledger: which of them are one vendor, and which are nobody?

Works on the distinct (name, org number, vendor number) of all postings. A vendor keeps the name as
written; that two vendors are the same supplier is for match/ to say. Persons are told apart by
persons.py and are one vendor per person, whatever the spelling. Knows no files and no database.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from typing import NamedTuple

import polars as pl

from compliance import identifiers, persons
from compliance.person_key import pseudonym
from compliance.person_rules import PersonRules

RAW = ("vendor_name", "org_number", "vendor_number")


class Vendors(NamedTuple):
    """Three frames, each in the order of vendor_id."""

    vendors: pl.DataFrame
    """As published: vendor_id, vendor_name (a pseudonym for persons), org_number (ten digits; null
    for persons and the unknown), is_person, person_class (P0–P3), is_merged (shown together with
    other persons in reports), is_usable."""
    keys: pl.DataFrame
    """vendor_name, org_number, vendor_number as in the postings (nullable) → vendor_id."""
    real: pl.DataFrame
    """For matching, never published: vendor_id, vendor_name, org_number, vendor_number, is_person,
    is_usable, amount_sek, line_count, first_date, last_date."""

    @property
    def protected(self) -> pl.DataFrame:
        """The persons' real values, for output/persons.parquet: vendor_id, vendor_name,
        org_number.
        """
        return self.real.filter("is_person").select("vendor_id", "vendor_name", "org_number")

    @property
    def spelled(self) -> pl.DataFrame:
        """Every spelling, never published: vendor_name as in the ledger, and person_class."""
        classes = self.vendors.select("vendor_id", "person_class")
        return self.keys.join(classes, on="vendor_id").select("vendor_name", "person_class")

    @property
    def persons_names(self) -> pl.Series:
        """The persons' real names in every spelling, for masking texts that hold them."""
        return self.spelled.filter(pl.col("person_class") != "P0")["vendor_name"]


def identify(
    ledger_vendors: pl.DataFrame,
    person_rules: PersonRules,
    generic_names: Iterable[str],
    key: bytes,
    decisions: pl.DataFrame | None = None,
    elsewhere: pl.Series | None = None,
) -> Vendors:
    """Give every distinct vendor of the ledger an id, and say who is a person and who is nobody.

    Takes vendor_name, org_number, vendor_number (nullable, as in the postings), line_count,
    amount_sek, first_date, last_date and, when there are such columns, accounts and units; the
    generic names of rules/vendors.toml; the secret behind pseudonyms; and the decisions, of which
    those with the subject `person` count; `elsewhere` are names of persons in the register, see
    persons.namesakes. A vendor is usable unless its name is generic, or blank
    (a spreadsheet's error is blank) without a readable org number.
    """
    frame = ledger_vendors.sort(RAW, nulls_last=True)
    known = persons.classify(_numbered(frame), person_rules, key, elsewhere)
    decided = _person_decisions(known, decisions, key)
    if decided is not None:
        numbered = _numbered(frame).with_columns(decided)
        known = persons.classify(numbered, person_rules, key, elsewhere)
    known = persons.merge_small_groups(known, person_rules.smallest_group)
    known = _with_ids(known, key).with_columns(is_usable=_is_usable(generic_names))
    keys = known.select(*RAW, "vendor_id").sort("vendor_id", *RAW, nulls_last=True)
    return Vendors(_published(known), keys, _real(known))


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    read = [identifiers.parse(raw) for raw in frame["org_number"]]
    return frame.with_columns(
        _number=pl.Series([r.number if r.is_trusted else None for r in read], dtype=pl.String),
        _kind=pl.Series([r.state for r in read], dtype=pl.String),
    )


def _with_ids(known: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """A company's id: of its name as written and its number, or both raw when none is readable."""
    ids = [
        person_id
        or _vendor_id(
            (name, number or org_number, "" if number else vendor_number),
            # Of a number that may be shown to nobody.
            key if org_number and shown is None else None,
        )
        for person_id, name, number, org_number, shown, vendor_number in known.select(
            "person_id", "vendor_name", "_number", "org_number", "shown_org_number", "vendor_number"
        ).iter_rows()
    ]
    return known.with_columns(vendor_id=pl.Series(ids, dtype=pl.String))


def _vendor_id(parts: tuple[str | None, ...], key: bytes | None) -> str:
    """`V` and 11 base32 characters (55 bits): the same for the same vendor in every build.

    With a key, nobody without it finds the number by trying them all.
    """
    if key:
        return "V" + pseudonym(key, "vendor", *parts)[1:]
    text = "|".join(part or "" for part in parts)
    return "V" + base64.b32encode(hashlib.sha256(text.encode()).digest()[:7]).decode()[:11]


def squeezed(column: pl.Expr) -> pl.Expr:
    """Lower case, blanks squeezed: how generic names and decided names are compared."""
    return column.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()


_LOST = r"^#(?:n/a|[\p{L}/0]+[!?])$"  # a spreadsheet's error, such as #REF! or #SAKNAS!


def _is_usable(generic_names: Iterable[str]) -> pl.Expr:
    generic = [" ".join(name.lower().split()) for name in generic_names]
    name = squeezed(pl.col("vendor_name"))
    is_blank = name.is_null() | ~name.str.contains(r"[\p{L}\p{N}]") | name.str.contains(_LOST)
    return ~(name.is_in(generic).fill_null(value=False) | (is_blank & pl.col("_number").is_null()))


def _person_decisions(
    known: pl.DataFrame, decisions: pl.DataFrame | None, key: bytes
) -> pl.Series | None:
    answers = person_answers(decisions)
    if answers is None:
        return None
    about = _with_ids(known, key).select("vendor_id", "_number", "vendor_name").rows()
    found = [answers(*one) for one in about]
    # One number is one vendor, and a name without a number may be it: to hide one and show the
    # other would tell who is behind the pseudonym.
    hidden = [one for one, answer in zip(about, found, strict=True) if answer == "person"]
    numbers = {number for _, number, _ in hidden if number}
    names = {_folded(name) for _, _, name in hidden} - {""}
    met = [number in numbers if number else _folded(name) in names for _, number, name in about]
    told = [answer or ("person" if too else None) for answer, too in zip(found, met, strict=True)]
    return pl.Series("person_decision", told, dtype=pl.String)


def person_answers(
    decisions: pl.DataFrame | None,
) -> Callable[[str, str | None, str | None], str | None] | None:
    """Return what tells the last answer to "is this a person?" of an id, an org number and a name.

    Names are compared as decisions on matches are: case and repeated blanks do not count. None when
    nobody has been asked.
    """
    if decisions is None:
        return None
    about = decisions.filter(pl.col("subject") == "person").sort("decided_on", "decision_row")
    if about.is_empty():
        return None
    by_key = dict(about.select("key", "decision").iter_rows())
    by_name = dict(about.select(squeezed(pl.col("key")), "decision").iter_rows())
    by_number = {identifiers.parse(key).number: answer for key, answer in by_key.items()}
    by_number.pop("", None)

    def answer(id: str, number: str | None, name: str | None) -> str | None:
        return by_key.get(id) or by_number.get(number or "") or by_name.get(_folded(name))

    return answer


def _folded(name: str | None) -> str:
    return " ".join((name or "").lower().split())


def _published(known: pl.DataFrame) -> pl.DataFrame:
    company = pl.when(~pl.col("is_person") & (pl.col("_kind") == "organisation"))
    return (
        known.sort("vendor_id", "line_count", *RAW, descending=[False, True, False, False, False])
        .with_columns(org_number=company.then("_number"))
        .unique("vendor_id", keep="first", maintain_order=True)
        .select(
            "vendor_id",
            pl.col("shown_name").alias("vendor_name"),
            "org_number",
            "is_person",
            "person_class",
            "is_merged",
            "is_usable",
        )
    )


def _real(known: pl.DataFrame) -> pl.DataFrame:
    """One row a vendor: the spelling with the most postings stands for a person's others."""
    return (
        known.sort("vendor_id", "line_count", *RAW, descending=[False, True, False, False, False])
        .group_by("vendor_id", maintain_order=True)
        .agg(
            pl.col("vendor_name").first(),
            pl.coalesce(
                pl.col("org_number").filter(pl.col("_number").is_not_null()).first(),
                pl.col("org_number").first(),
            ).alias("org_number"),
            pl.col("vendor_number").first(),
            pl.col("is_person").first(),
            pl.col("is_usable").first(),
            pl.col("amount_sek").sum(),
            pl.col("line_count").sum(),
            pl.col("first_date").min(),
            pl.col("last_date").max(),
        )
    )
