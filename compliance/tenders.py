"""How many offered to sell what we procured?

Reads own tables and the statistics export of Upphandlingsmyndigheten (UHM) as it is: every buyer
in Sweden, one row a lot, or one row a lot and supplier. One procurement is one row out; its
tenders are those of all its lots. An export of contracted tenders alone tells no number of
tenders, nor does a row without one (nobody announced how it ended): both say null. Ours are the
rows with our organisation number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from compliance import identifiers
from compliance import register_cells as cells
from compliance.category_names import code_of, cure
from compliance.confined import confined
from compliance.errors import ComplianceError, InputError, Place, raise_all
from compliance.rule_entries import Rules
from compliance.sheets import read_sheets
from compliance.small_tables import Layout, Row, delivered, fitting, rows, unknown_table
from compliance.workspace import Workspace

SCHEMA = {
    "procurement_id": pl.String,
    "title": pl.String,
    "category_code": pl.String,
    "cpv": pl.String,
    "published": pl.Date,
    "awarded": pl.Date,
    "lots": pl.Int32,
    "tenders": pl.Int32,
    "local_tenders": pl.Int32,
    "sme_tenders": pl.Int32,
    "source": pl.String,
}
OWN = Layout(
    "tenders",
    {
        "procurement_id": ("procurement_id", "upphandlings-id", "diarienummer"),
        "title": ("title", "benämning", "upphandling", "titel"),
        "category": ("category", "kategori"),
        "cpv": ("cpv", "cpv-kod"),
        "published": ("published", "annonserad", "publicerad"),
        "awarded": ("awarded", "tilldelad", "tilldelning"),
        "lots": ("lots", "delar", "anbudsområden"),
        "tenders": ("tenders", "anbud", "antal anbud"),
        "local_tenders": ("local_tenders", "lokala anbud"),
        "sme_tenders": ("sme_tenders", "anbud från små och medelstora företag", "sme-anbud"),
    },
    ("procurement_id", "title", "published", "tenders"),
)
_UHM = {
    "procurement_id": ("Upphandlings-ID",),
    "lot": ("Anbudsområdes-ID",),
    "title": ("Upphandlingens titel",),
    "buyer": ("Organisationsnummer för köpare",),
    "cpv": ("Huvudsaklig CPV-kod",),
    "published": ("Publiceringsdatum",),
}
_CONTRACTED = "Antal kontrakterade anbud*"
UHM = Layout(
    "uhm",
    {**_UHM, "tenders": ("Antal anbud, Summa", "Antal anbud, Sum", "Antal anbud")},
    (*_UHM, "tenders"),
    others="never",
)
UHM_CONTRACTED = Layout(
    "uhm-contracted",
    {**_UHM, "contracted": (_CONTRACTED, f"{_CONTRACTED}, Summa", f"{_CONTRACTED}, Sum")},
    (*_UHM, "contracted"),
    others="never",
)
LAYOUTS = (UHM, UHM_CONTRACTED, OWN)


@dataclass(frozen=True)
class Tender:
    """One procurement."""

    procurement_id: str
    title: str
    category_code: str | None
    cpv: str | None
    published: date
    awarded: date | None
    lots: int | None
    tenders: int | None
    local_tenders: int | None
    sme_tenders: int | None
    source: str  # the layout: `tenders`, `uhm` or `uhm-contracted`
    file: str
    row: int


def read_tenders(workspace: Workspace, rules: Rules) -> pl.DataFrame:
    """Return input_tenders, in order of date and id; empty without a folder `tenders`.

    Raises InputError, or Problems with every one. A procurement that two files tell alike counts
    once; one that they tell differently is refused with both places.
    """
    errors: list[ComplianceError] = []
    found: list[Tender] = []
    with confined() as room:
        for path, shown in delivered(workspace, workspace.tenders):
            try:
                sheets = read_sheets(path, shown, room)
            except InputError as error:
                errors.append(error)
                continue
            fits = fitting(sheets, LAYOUTS)
            if not fits:
                errors.append(unknown_table(shown, sheets, LAYOUTS))
                continue
            for layout in {layout.id: layout for _, _, layout in fits}.values():
                of_it = [fit for fit in fits if fit[2] is layout]
                lines = (row for fit in of_it for row in rows(*fit, errors))
                if layout is OWN:
                    found += [tender for row in lines if (tender := _own(row, rules))]
                else:
                    found += _statistics(lines, layout, shown, workspace, rules, errors)
    single = _each_once(found, errors)
    raise_all(errors)
    single.sort(key=lambda tender: (tender.published, tender.procurement_id))
    return pl.DataFrame(
        [tuple(getattr(tender, name) for name in SCHEMA) for tender in single],
        schema=SCHEMA,
        orient="row",
        strict=True,
    )


def _own(row: Row, rules: Rules) -> Tender | None:
    before = len(row.errors)
    counts = {
        name: row.read(name, cells.count)
        for name in ("lots", "tenders", "local_tenders", "sme_tenders")
    }
    id, title = row.needed("procurement_id"), row.needed("title")
    published, awarded = row.read("published", cells.day), row.read("awarded", cells.day)
    if published is None and len(row.errors) == before:
        row.refuse("published", "no published", fix="write the day of the notice, as 2024-01-31")
    for name in ("local_tenders", "sme_tenders"):
        part, whole = counts[name], counts["tenders"]
        if part is not None and whole is not None and part > whole:
            row.refuse(name, f"{part} of {whole} tenders", fix="correct one of the two")
    cpv = cpv_digits(row.text("cpv"))
    code = category_code(row, rules) or category_of_cpv(cpv, rules)
    if published is None or len(row.errors) > before:
        return None
    return Tender(
        id,
        title,
        code,
        cpv,
        published,
        awarded,
        **counts,
        source=OWN.id,
        file=row.file,
        row=row.number,
    )


def _statistics(
    lines: Iterable[Row],
    layout: Layout,
    shown: str,
    workspace: Workspace,
    rules: Rules,
    errors: list[ComplianceError],
) -> list[Tender]:
    """Our procurements among all buyers', their lots counted and added up."""
    ours = identifiers.parse(workspace.settings.org_number).number
    if not ours:
        errors.append(
            InputError(
                "whose procurements to take is not known",
                at=Place(shown),
                why="the statistics hold every buyer, and compliance.toml has no org_number",
                fix='write org_number = "212000-0000" under [organisation] in compliance.toml',
            )
        )
        return []
    procurements: dict[str, Tender] = {}
    lots: dict[tuple[str, str], int | None] = {}
    for row in lines:
        if identifiers.parse(row.text("buyer")).number != ours:
            continue
        tender, lot = _lot(row, layout, rules), row.needed("lot")
        if tender is None:
            continue
        key = (tender.procurement_id, lot)
        if key in lots and lots[key] != tender.tenders:
            row.refuse(
                "tenders", f"lot {lot} has another number of tenders above", fix="export again"
            )
        lots[key] = tender.tenders
        procurements.setdefault(tender.procurement_id, tender)
    if not procurements and not errors:
        errors.append(
            InputError(
                "no procurement of ours is in these statistics",
                at=Place(shown),
                why=f"no row has {workspace.settings.org_number} as its buyer",
                fix="export them again for our organisation, or correct org_number",
            )
        )
    counted = {
        id: [tenders for (of, _), tenders in lots.items() if of == id] for id in procurements
    }
    return [
        replace(
            tender,
            lots=len(counted[id]),
            tenders=None if None in counted[id] else sum(n for n in counted[id] if n is not None),
        )
        for id, tender in procurements.items()
    ]


def _lot(row: Row, layout: Layout, rules: Rules) -> Tender | None:
    before = len(row.errors)
    id, title = row.needed("procurement_id"), row.needed("title")
    published = row.read("published", cells.day)
    tenders = row.read("tenders", cells.count) if layout is UHM else None
    if published is None and len(row.errors) == before:
        row.refuse("published", "no day of publication", fix="export the statistics again")
    if published is None or len(row.errors) > before:
        return None
    cpv = cpv_digits(row.text("cpv"))
    code = category_of_cpv(cpv, rules)
    nothing = (None, None, tenders, None, None)
    return Tender(id, title, code, cpv, published, *nothing, layout.id, row.file, row.number)


def _each_once(found: Sequence[Tender], errors: list[ComplianceError]) -> list[Tender]:
    """One row a procurement; who tells the number of tenders goes before who does not."""
    single: dict[str, Tender] = {}
    for tender in sorted(found, key=lambda t: (t.source != OWN.id, t.tenders is None)):
        first = single.setdefault(tender.procurement_id, tender)
        wrong = None if first is tender else _contradiction(first, tender)
        if wrong:
            name, here, there = wrong
            noun = f" {name}" if name.endswith("tenders") else ""
            kind = "" if noun else f"{name} "
            errors.append(
                InputError(
                    f"procurement {tender.procurement_id} has {kind}{here}{noun} here and "
                    f"{there} in {first.file}, row {first.row}",
                    at=Place(tender.file, tender.row),
                    why="a procurement counts once, whichever file tells of it",
                    fix="keep the one that is right",
                )
            )
        elif first.source == tender.source or first.tenders is None:
            # Our own row knows the day of award and the category; the number is the other's.
            names = _TOLD if first.source == tender.source else ("tenders", "lots")
            told = {name: getattr(tender, name) for name in names if getattr(first, name) is None}
            single[tender.procurement_id] = replace(first, **told)
    return [*single.values()]


def _contradiction(first: Tender, tender: Tender) -> tuple[str, object, object] | None:
    """Return what two rows of one procurement say differently, and both; None when they agree.

    Rows of one layout agree in all that both say; of two they need agree in the number alone: the
    statistics have titles, days and codes of their own.
    """
    names = _TOLD if tender.source == first.source else ("tenders",)
    for name in names:
        here, there = getattr(tender, name), getattr(first, name)
        if here is not None and there is not None and _folded(here) != _folded(there):
            return name.removesuffix("_code"), here, there
    return None


_TOLD = (
    *("tenders", "title", "category_code", "cpv", "published", "awarded", "lots"),
    *("local_tenders", "sme_tenders"),
)


def _folded(said: object) -> object:
    return " ".join(said.casefold().split()) if isinstance(said, str) else said


def cpv_digits(written: str) -> str | None:
    """Return the code of `79624000 Förmedling av vårdpersonal` or `79624000-4`; None without."""
    digits = written[:8]
    return digits if len(digits) == 8 and digits.isdecimal() and digits.isascii() else None


def category_of_cpv(cpv: str | None, rules: Rules) -> str | None:
    """Return the category whose CPV is the longest beginning of `cpv`; None when none is."""
    fits = [
        (len(prefix), category.code)
        for category in rules.categories
        for prefix in [category.cpv[:2] + category.cpv[2:].rstrip("0")]
        if cpv and cpv.startswith(prefix)
    ]
    return min(fits, key=lambda fit: (-fit[0], fit[1]))[1] if fits else None


def category_code(row: Row, rules: Rules) -> str | None:
    """Return the code that the column `category` names, by code or by either name."""
    written = row.text("category")
    if not written:
        return None
    found = code_of(written, rules.categories)
    if found is None:
        row.refuse("category", f"`{written}` is no category", fix=cure(written, rules.categories))
    return found
