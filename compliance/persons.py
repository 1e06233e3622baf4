"""Which vendors are private persons, and what may others see of them?

A person's name, number and texts leave this program only as a keyed pseudonym; the real values
stand in output/persons.parquet, which its owner alone may read. Works on whole frames. Knows
neither files nor accounts but those that rules/persons.toml names, and never an amount.

Classes: P0 not a person · P1 sole trader · P2 private person · P3 on the protected list. Private
persons of whom a unit has paid few are shown together in reports (`merge_small_groups`).

**A vendor without a readable number** is not called a person for that alone: most are companies
whose number nobody typed, and hiding them would hide the answer. The name decides. A company's
word in it: P0. A sole trader's: P1. Paid on a person's account or by a person's unit, or named
like a person: P2. Otherwise P0. `[unknown] treated_as` in the rules, and a decision with the
subject `person`, can settle it otherwise.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from compliance import files
from compliance import person_signs as signs
from compliance.errors import InputError, Place
from compliance.person_key import listed_as, pseudonym
from compliance.person_rules import PersonRules
from compliance.personal_numbers import mask_text

# Shown instead of the name, before the keyed ending. P3 reads like P2: who is protected is untold.
_SHOWN = {"P1": "Enskild näringsidkare ", "P2": "Privatperson ", "P3": "Privatperson "}
_OPTIONAL: dict[str, pl.DataType] = {
    "vendor_number": pl.String(),
    "accounts": pl.List(pl.String()),
    "units": pl.List(pl.String()),
    "person_decision": pl.String(),
}


def classify(
    vendors: pl.DataFrame, rules: PersonRules, key: bytes, elsewhere: pl.Series | None = None
) -> pl.DataFrame:
    """Say of each vendor (or supplier) whether it is a person, and what may be shown of it.

    Takes vendor_name and org_number (nullable, as delivered) and, when there are such columns,
    vendor_number, accounts and units (lists of all it was paid on and by) and person_decision
    (`person`, `not_person` or null). `elsewhere` are the names (folded) of persons who are known
    from another list, see `namesakes`: what is hidden in one must not stand in the other. Returns
    the frame in its order with

        person_class      P0 … P3
        is_person         P1, P2 or P3
        person_id         `P` and eleven characters, the same for one number in all its forms and,
                          without a number, for one name; a redacted number (850101-XXXX) is a day
                          of birth, which many share, and counts with the name; null for P0
        shown_name        the pseudonym, or the name with every personal number in it masked
        shown_org_number  null for persons and for whatever looks like a personal number
    """
    missing = [pl.lit(None, kind).alias(name) for name, kind in _OPTIONAL.items()]
    known = vendors.with_columns(m for m in missing if m.meta.output_name() not in vendors.columns)
    found = (
        known.with_columns(
            _squeezed=signs.squeezed(pl.col("org_number")),
            _vendor_ten=signs.squeezed(pl.col("vendor_number")),
            _name=signs.folded(pl.col("vendor_name")),
        )
        .with_columns(
            _ten=signs.ten(pl.col("_squeezed")),
            _vendor_ten=signs.ten(pl.col("_vendor_ten")),
            _dated=signs.dated(pl.col("_squeezed")),
            _padded=signs.padded(pl.col("_squeezed")),
        )
        .with_columns(_ten=pl.coalesce("_ten", signs.certain(pl.col("_vendor_ten"))))
        .with_columns(
            _in_name=signs.number_in(pl.col("_name")),
            _name=_bare(pl.col("_name")),
        )
        .with_columns(
            _company=signs.has_company(rules, _is_paid_as_person(rules)),
            _sole=signs.has_word(rules.sole_trader_words),
        )
        .with_columns(_personal=signs.is_personal_number())
        .with_columns(_person_number=signs.person_number())
        .with_columns(person_class=_class(rules))
        .with_columns(person_class=_namesakes(rules, elsewhere))
        .with_columns(_identity=_identity())
    )
    found = _protected(found, rules, key)
    return _shown(found, key).select(*vendors.columns, *_ADDED)


_ADDED = ("person_class", "is_person", "person_id", "shown_name", "shown_org_number")


def namesakes(known: pl.DataFrame, rules: PersonRules) -> pl.Series:
    """Return the names, folded, by which those whom `classify` hides would be known elsewhere.

    Of a sole trader's business only a name that begins with a given name is a person's.
    """
    named = known.select("person_class", _name=_bare(signs.folded(pl.col("vendor_name"))))
    is_told = (pl.col("person_class") != "P1") | signs.begins_with_given(rules)
    return named.filter(
        (pl.col("person_class") != "P0") & is_told & pl.col("_name").str.contains(r"\p{L}")
    )["_name"].unique()


def are_met(names: pl.Series, elsewhere: pl.Series) -> bool:
    """Say whether one of the names is among those that `namesakes` returned."""
    folded = names.to_frame("name").select(_bare(signs.folded(pl.col("name")))).to_series()
    return bool(folded.is_in(elsewhere.to_list()).any())


def merge_small_groups(known: pl.DataFrame, smallest: int) -> pl.DataFrame:
    """Say of each private person whether a report shows it together with others.

    A sum over one or two persons of a small unit tells who they are, pseudonym or not. Takes what
    `classify` returned, with the units of each row (without that column only P3 are merged);
    returns it with `is_merged`: P2 and P3 in a unit that has paid fewer than `smallest` of them.
    A unit of which only a few are merged, and a protected person always is, has all of its persons
    merged: the few would be told by what the others have. When fewer than `smallest` are merged in
    all, the smallest of the other units follow. Sole traders (P1) are businesses: their own rows
    stay. The names stay too: in the published file each has its pseudonym, as it has its id.
    """
    if "units" not in known.columns:
        return known.with_columns(is_merged=pl.col("person_class") == "P3")
    private = known.filter(pl.col("person_class").is_in(["P2", "P3"]))
    groups = (
        private.select("person_id", "person_class", unit="units")
        .explode("unit", empty_as_null=True, keep_nulls=True)
        .group_by("unit")
        .agg(pl.col("person_id").unique())
        .with_columns(size=pl.col("person_id").list.len())
        .sort("size", "unit", nulls_last=True)
    )
    units = [(set(persons), size) for persons, size in groups.select("person_id", "size").rows()]
    merged = set(private.filter(pl.col("person_class") == "P3")["person_id"])
    for persons, size in units:
        if size < smallest or 0 < len(merged) < smallest:
            merged |= persons
    while few := [p for p, _ in units if 0 < len(p & merged) < min(smallest, len(p))]:
        merged |= set().union(*few)
    is_merged = pl.col("person_class").is_in(["P2", "P3"]) & pl.col("person_id").is_in(
        sorted(merged, key=str), nulls_equal=True
    )
    return known.with_columns(is_merged=is_merged)


def write_protected(protected: pl.DataFrame, path: Path) -> None:
    """Write the persons' real values, in the frame's order, for their owner alone (mode 0600)."""
    with files.replacing(path, files.PRIVATE) as unfinished:
        unfinished.touch(files.PRIVATE)  # before the first byte, not after the last
        protected.write_parquet(unfinished)


def read_protected(path: Path) -> dict[str, str]:
    """Return each person's real name by vendor_id: for whoever may read the file, and nobody else.

    Raises InputError when it is missing or its reader may not open it.
    """
    try:
        held = pl.read_parquet(path, glob=False)
    except OSError as error:
        raise InputError(
            "the persons' real names cannot be read",
            at=Place(path.name),
            why=error.strerror or str(error),
            fix="run `compliance build`, or ask whoever owns the workspace",
        ) from None
    return dict(held.select("vendor_id", "vendor_name").iter_rows())


def _class(rules: PersonRules) -> pl.Expr:
    without_number = _without_number()
    suspected = {
        "evidence": _is_paid_as_person(rules) | signs.reads_as_person(rules),
        "person": pl.lit(value=True),
        "company": pl.lit(value=False),
    }[rules.unknown_treated_as]
    # Neither a marker nor a blank hides anybody; a name without letters is a marker, too.
    nobody = pl.col("_name").is_in(list(rules.redaction_markers)) | ~pl.col("_name").str.contains(
        r"\p{L}"
    )
    has_person_number = pl.col("_person_number").is_not_null()
    return (
        pl.when(pl.col("person_decision") == "not_person")
        .then(pl.lit("P0"))
        .when(has_person_number & (pl.col("_company") | pl.col("_sole")))
        .then(pl.lit("P1"))
        .when(has_person_number)
        .then(pl.lit("P2"))
        .when(nobody.fill_null(value=True))
        .then(pl.lit("P0"))
        .when(pl.col("person_decision") == "person")
        .then(pl.lit("P2"))
        .when(pl.col("_sole") & without_number)
        .then(pl.lit("P1"))
        .when(without_number & ~pl.col("_company") & suspected)
        .then(pl.lit("P2"))
        .otherwise(pl.lit("P0"))
    )


def _without_number() -> pl.Expr:
    return pl.col("_ten").is_null() | pl.col("_ten").str.contains(r"^..[01]")


def _bare(name: pl.Expr) -> pl.Expr:
    return name.str.replace(signs.NUMBER_IN_NAME, " ").str.strip_chars()


def _identity() -> pl.Expr:
    number = pl.col("_person_number")
    with_name = pl.concat_str([number, pl.lit("\x1f"), pl.col("_name").fill_null("")])
    redacted = pl.when(number.str.ends_with("XXXX")).then(with_name)
    return pl.coalesce(redacted, number, pl.col("_name"))


def _namesakes(rules: PersonRules, elsewhere: pl.Series | None) -> pl.Expr:
    """A sole trader's name, given name and all, is no company's on a row whose number is lost.

    Nor is the name of whoever is known as a person `elsewhere`.
    """
    told = pl.col("_person_number").is_not_null() & (pl.col("person_class") != "P0")
    named = pl.col("_name").is_in(pl.col("_name").filter(told).implode())
    open_still = pl.col("person_class").eq("P0") & _without_number()
    said = pl.col("person_decision").eq_missing(pl.lit("not_person"))
    named &= signs.begins_with_given(rules)
    if elsewhere is not None:
        named |= pl.col("_name").is_in(elsewhere.to_list())
    return pl.when(open_still & named & ~said).then(pl.lit("P1")).otherwise("person_class")


def _is_paid_as_person(rules: PersonRules) -> pl.Expr:
    return _any_starts(rules.account_prefixes) | _any_contains(rules.unit_words)


def _any_starts(prefixes: tuple[str, ...]) -> pl.Expr:
    """Any of the vendor's accounts begins with one of these."""
    if not prefixes:
        return pl.lit(value=False)
    pattern = "^(?:" + "|".join(prefix for prefix in prefixes if prefix.isalnum()) + ")"
    return (
        pl.col("accounts")
        .list.eval(pl.element().str.contains(pattern))
        .list.any()
        .fill_null(value=False)
    )


def _any_contains(words: tuple[str, ...]) -> pl.Expr:
    if not words:
        return pl.lit(value=False)
    return (
        pl.col("units")
        .list.eval(pl.element().str.to_lowercase().str.contains_any(list(words)))
        .list.any()
        .fill_null(value=False)
    )


# ── what is shown ───────────────────────────────────────────────────────────────────────────────


def _protected(found: pl.DataFrame, rules: PersonRules, key: bytes) -> pl.DataFrame:
    """Raise to P3 whoever is on the list, by number or by name."""
    if not rules.protected:
        return found

    def listed(column: str) -> pl.Series:
        return pl.Series(
            [
                value is not None and listed_as(key, value) in rules.protected
                for value in found[column]
            ],
            dtype=pl.Boolean,
        )

    on_list = listed("_person_number") | listed("_name")
    return found.with_columns(
        person_class=pl.when(on_list).then(pl.lit("P3")).otherwise("person_class")
    )


def _shown(found: pl.DataFrame, key: bytes) -> pl.DataFrame:
    is_person = pl.col("person_class") != "P0"
    identities = found.filter(is_person).select("_identity").unique()
    ids = pl.Series([pseudonym(key, value) for value in identities["_identity"]], dtype=pl.String)
    named = found.join(
        identities.with_columns(person_id=ids),
        on="_identity",
        how="left",
        nulls_equal=True,
        maintain_order="left",
    ).with_columns(person_id=pl.when(is_person).then("person_id"))
    kind = pl.col("person_class").replace_strict(_SHOWN, default=None)
    safe = _masked_column(pl.col("vendor_name"))
    number = pl.col("org_number")
    looks_personal = pl.col("_ten").str.contains(r"^..[01]") | pl.col("_padded").is_not_null()
    return named.with_columns(
        is_person=is_person,
        shown_name=pl.when(is_person).then(kind + pl.col("person_id")).otherwise(safe),
        shown_org_number=pl.when(~is_person & ~looks_personal.fill_null(value=False)).then(
            _masked_column(number)
        ),
    )


def _masked_column(column: pl.Expr) -> pl.Expr:
    """mask_text over a column; the few cells with six digits in them are looked at one by one."""
    suspect = column.str.contains(r"\d\d.?\d\d.?\d\d|[^\x00-\x7f]{6}")
    return (
        pl.when(suspect)
        .then(pl.when(suspect).then(column).map_elements(mask_text, return_dtype=pl.String))
        .otherwise(column)
    )
