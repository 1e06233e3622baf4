"""A published database with exactly the public columns, and invented rows worth a report.

Not built by the models: it is drawn here, so that the report can meet worlds which no ledger has
given us yet (no contract at all, a month of credit notes, sixty departments).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from compliance.database import sql_files

DEPARTMENTS = (
    "Barn- och utbildningsförvaltningen",
    "Socialförvaltningen",
    "Samhällsbyggnadsförvaltningen",
    "Kommunledningskontoret",
    "Kultur- och fritidsförvaltningen",
    "Räddningstjänsten",
)
UNITS = ("Norra", "Södra", "Centrum", "Gemensamt")
CATEGORIES = {
    "65": ("Datorer och program", "Computers and software"),
    "41": ("Livsmedel", "Food"),
    "46": ("Förbrukningsinventarier", "Equipment"),
    "70": ("Bemanning", "Staffing"),
    "74": ("Konsulttjänster", "Consultants"),
    "56": ("Transporter", "Transport"),
    "66": ("Byggtjänster", "Construction"),
    "64": ("Läromedel", "Teaching material"),
}
SURNAMES = [
    "Almby",
    "Björkholm",
    "Dalvik",
    "Ekensta",
    "Fjällnäs",
    "Granudden",
    "Hedlunda",
    "Iskärr",
    "Kvarnsjö",
    "Lövåsen",
]
TRADES = [
    "Inredning",
    "Bemanning",
    "Livs",
    "Entreprenad",
    "Data",
    "Skolmaterial",
    "Transport",
    "Konsult",
]
COVERED = ("confirmed", "supplier_only", "direct_award", "tail")
UNCOVERED = (
    "covered_elsewhere", "superseded", "expired", "no_contract", "out_of_scope",
    "ceiling_exceeded", "not_entitled", "unidentified", "not_started",
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """What a test wants to be different; the rest is drawn from the seed."""

    departments: tuple[str, ...] = DEPARTMENTS
    months: int = 37
    last: date = date(2026, 10, 1)
    lines_a_month: int = 130
    seed: int = 7
    uncovered: float | None = None  # the share of postings without a contract; None: drawn
    contracts: bool = True
    unprocurable: frozenset[str] = frozenset()  # categories that no procurement would change
    targets: bool = True
    tables_of_issue_5: bool = True
    change: Callable[[dict[str, Any]], dict[str, Any] | None] = field(default=lambda line: line)
    vendors: int = 64
    # All lines of a world that is not drawn by chance, from its vendors; a contract's title.
    lines: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] | None = None
    title: Callable[[int, str], str] = field(default=lambda _number, title: title)


def month_before(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def _vendors(world: World, rng: random.Random) -> list[dict[str, Any]]:
    vendors = []
    for n in range(world.vendors):
        name = f"{SURNAMES[n % 10]} {TRADES[n % 8]} {'AB' if n % 3 else 'HB'}"
        if n == 5:
            name = "Svenska Kontorsmöbel- och Inredningsgruppen i Mellersta Norrland AB (publ)"
        state = rng.choice(UNCOVERED[:6]) if rng.random() < 0.34 else "confirmed"
        vendors.append(
            {
                "vendor_id": f"V{n:011d}",
                "vendor_name": "Privatperson 7KQ2" if n == 11 else name,
                "org_number": None if n % 9 == 0 else f"55{n:04d}{(n * 37) % 10000:04d}",
                "is_person": n == 11,
                "is_merged": False,
                "category": list(CATEGORIES)[n % 8],
                "state": state,
                "departments": rng.sample(world.departments, k=min(3, len(world.departments))),
                "size": rng.lognormvariate(9.6, 0.9),
            }
        )
    return vendors


def _contract_of(vendor: Mapping[str, Any], count: int) -> str:
    number = int(vendor["vendor_id"][1:])
    if vendor["state"] in ("covered_elsewhere", "superseded"):
        number = (number + 8) % count  # another vendor of the same category
    return f"IK-202{number % 5}-{number:03d}"


def _lines(world: World, rng: random.Random, vendors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for back in range(world.months - 1, -1, -1):
        month = month_before(world.last, back)
        for k in range(world.lines_a_month if month.month != 7 else world.lines_a_month // 3):
            vendor = rng.choice(vendors)
            state = vendor["state"]
            drift = 0.7 + 0.5 * back / max(world.months, 1)
            if state in UNCOVERED and rng.random() > drift * 0.6:
                state = rng.choice(COVERED)
            if rng.random() < 0.015:
                state = rng.choice(UNCOVERED)
            if world.uncovered is not None:
                state = "no_contract" if rng.random() < world.uncovered else "confirmed"
            elif rng.random() < 0.14:
                state = "exempt"
            if not world.contracts and state != "exempt":
                state = "no_contract"
            amount = Decimal(round(rng.lognormvariate(0, 0.8) * vendor["size"] * 100)) / 100
            line = {
                "purchase_date": month + timedelta(days=rng.randrange(28)),
                "vendor": vendor,
                "category_code": vendor["category"] if rng.random() > 0.06 else None,
                "account_code": vendor["category"] + "10",
                "department": rng.choice(vendor["departments"]),
                "unit": "",
                "state": state,
                "rule_id": rng.choice(("X01", "X03", "X07")) if state == "exempt" else None,
                "amount_sek": -amount if rng.random() < 0.03 else amount,
                "invoice_no": f"{month:%y%m}{k:05d}",
            }
            line["unit"] = f"{line['department'].split('f')[0]} {rng.choice(UNITS)}"[:60]
            changed = world.change(line)
            if changed is not None:
                lines.append(changed)
    lines.sort(key=lambda line: line["purchase_date"])
    return lines


def _side(state: str) -> str:
    return "exempt" if state == "exempt" else "covered" if state in COVERED else "uncovered"


def build(path: Path, world: World | None = None) -> Path:
    """Write the world to a new DuckDB file and return its path."""
    world = world or World()
    rng = random.Random(world.seed)
    vendors = _vendors(world, rng)
    lines = world.lines(vendors) if world.lines else _lines(world, rng, vendors)
    db = duckdb.connect(str(path))
    for name, rows in _tables(world, vendors, lines).items():
        db.register("rows_in", pa.Table.from_pylist(rows["rows"], schema=rows["schema"]))
        db.execute(f"create table {name} as select * from rows_in")
        db.unregister("rows_in")
    db.execute(f"create table vendor_companies as {sql_files('models')['vendor_companies']}")
    db.execute(
        _DERIVED.format(
            target="case when extract(year from period) >= 2024 then 0.12 else 0.15 end"
            if world.targets
            else "cast(null as double)"
        )
    )
    if world.tables_of_issue_5:
        db.execute(_ISSUE_5)
    else:
        db.execute(_ISSUE_5_EMPTY)
    db.close()
    return path


_SEK = pa.decimal128(18, 2)
_S, _D, _I, _B, _F = pa.string(), pa.date32(), pa.int64(), pa.bool_(), pa.float64()


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


def _tables(world: World, vendors: list[Any], lines: list[Any]) -> dict[str, dict[str, Any]]:
    ledger, coverage = [], []
    for n, line in enumerate(lines, 1):
        contract = (
            _contract_of(line["vendor"], world.vendors)
            if line["state"] not in ("no_contract", "unidentified", "exempt")
            else None
        )
        ledger.append({**line, "line_id": n, "file_id": "F1", "file_row": n + 1, "voucher_no": f"V{n}",
                       "vendor_id": line["vendor"]["vendor_id"], "account_name": "Konto " + line["account_code"],
                       "contract_ref": None, "text": None})  # fmt: skip
        coverage.append({"line_id": n, "part": 1, "state": line["state"], "side": _side(line["state"]),
                         "contract_id": contract, "lot": "" if contract else None, "rule_id": line["rule_id"],
                         "amount_sek": line["amount_sek"], "is_decided": n % 97 == 0, "is_line_decided": n % 97 == 0})  # fmt: skip
    contracts = _contracts(world, vendors)
    total = sum((line["amount_sek"] for line in lines), Decimal(0))
    files = [{"file_id": "F1", "path": "ledger/reskontra.csv", "sha256": "0" * 64, "source": "national-1.1",
              "rows_read": len(lines) + 3, "rows_loaded": len(lines), "rows_rejected": 3, "loaded_sek": total,
              "rejected_sek": Decimal("12345.60"), "first_date": lines[0]["purchase_date"] if lines else None,
              "last_date": lines[-1]["purchase_date"] if lines else None}]  # fmt: skip
    suppliers = [
        {
            "supplier_id": "S" + v["vendor_id"][1:],
            "supplier_name": v["vendor_name"],
            "org_number": v["org_number"],
        }
        for v in vendors
    ]
    outcome = {"unidentified": "none", "no_contract": "none"}
    matches = [{"vendor_id": v["vendor_id"], "supplier_id": "S" + v["vendor_id"][1:] if v["state"] != "no_contract" else None,
                "outcome": "review" if n % 17 == 3 else outcome.get(v["state"], "matched"), "method": "name" if n % 4 == 0 else "org_number",
                "probability": 0.8 if n % 17 == 3 else 0.99, "evidence": None} for n, v in enumerate(vendors)]  # fmt: skip
    return {
        "source_files": {"rows": files, "schema": _schema(file_id=_S, path=_S, sha256=_S, source=_S, rows_read=_I, rows_loaded=_I, rows_rejected=_I, loaded_sek=_SEK, rejected_sek=_SEK, first_date=_D, last_date=_D)},
        "rejected_rows": {"rows": [{"file_id": "F1", "file_row": n, "reason": f"cannot read `x{n}` as an amount", "raw": "x;y"} for n in (17, 90, 411)], "schema": _schema(file_id=_S, file_row=_I, reason=_S, raw=_S)},
        "ledger_lines": {"rows": ledger, "schema": _schema(line_id=_I, file_id=_S, file_row=_I, voucher_no=_S, invoice_no=_S, purchase_date=_D, vendor_id=_S, account_code=_S, account_name=_S, category_code=_S, unit=_S, department=_S, amount_sek=_SEK, contract_ref=_S, text=_S)},
        "coverage": {"rows": coverage, "schema": _schema(line_id=_I, part=_I, state=_S, side=_S, contract_id=_S, lot=_S, rule_id=_S, amount_sek=_SEK, is_decided=_B, is_line_decided=_B)},
        "vendors": {"rows": vendors, "schema": _schema(vendor_id=_S, vendor_name=_S, org_number=_S, is_person=_B, is_merged=_B)},
        "suppliers": {"rows": suppliers, "schema": _schema(supplier_id=_S, supplier_name=_S, org_number=_S)},
        "vendor_matches": {"rows": matches, "schema": _schema(vendor_id=_S, supplier_id=_S, outcome=_S, method=_S, probability=_F, evidence=_S)},
        "contracts": {"rows": contracts, "schema": _schema(contract_id=_S, lot=_S, title=_S, kind=_S, valid_from=_D, valid_to=_D, extended_to=_D, last_day=_D, ceiling_sek=_SEK, called_off_sek=_SEK, remaining_sek=_SEK, ceiling_forecast_date=_D, max_end=_D)},
        "contract_parties": {"rows": [{"contract_id": c["contract_id"], "lot": "", "supplier_id": c["supplier_id"], "rank": 1} for c in contracts], "schema": _schema(contract_id=_S, lot=_S, supplier_id=_S, rank=_I)},
        "categories": {"rows": [{"category_code": code, "procurable": code not in world.unprocurable} for code in CATEGORIES], "schema": _schema(category_code=_S, procurable=_B)},
        "contract_scopes": {"rows": [], "schema": _schema(contract_id=_S, lot=_S, scheme=_S, prefix=_S)},
        "contract_units": {"rows": [], "schema": _schema(contract_id=_S, lot=_S, unit=_S)},
        "findings": {"rows": [], "schema": _schema(rule_code=_S, subject=_S, key=_S, amount_sek=_SEK, purchase_date=_D, department=_S)},
        "kpi_reported": {"rows": [{"period": month_before(world.last, 2), "reported_share": 0.131, "computed_share": 0.128, "difference": -0.003}] if world.tables_of_issue_5 else [], "schema": _schema(period=_D, reported_share=_F, computed_share=_F, difference=_F)},
        "data_quality": {"rows": [
            {"name": "rejected_rows", "severity": "warning", "row_count": 3, "amount_sek": Decimal("12345.60"), "example": "row 17: cannot read `x` as an amount"},
            {"name": "register_hygiene", "severity": "warning", "row_count": 2, "amount_sek": None, "example": "no_ceiling: no ceiling: it cannot be seen when it is passed"},
            {"name": "match_in_review", "severity": "warning", "row_count": 9, "amount_sek": Decimal("250000.00"), "example": "vendor_id V00000000003"},
            {"name": "vendor_unidentified", "severity": "warning", "row_count": 4, "amount_sek": Decimal("98000.00"), "example": "line_id 3"},
            {"name": "decision_unapplied", "severity": "warning", "row_count": 1, "amount_sek": None, "example": "decisions.csv, row 7"},
            {"name": "contract_without_scope", "severity": "info", "row_count": 5, "amount_sek": None, "example": "contract_id IK-2020-001"},
        ], "schema": _schema(name=_S, severity=_S, row_count=_I, amount_sek=_SEK, example=_S)},
        "register_hygiene": {"rows": [{"register_row": 3 + n, "check_name": "no_ceiling", "contract_id": f"IK-2020-00{n}", "lot": "", "message": "no ceiling: it cannot be seen when it is passed", "severity": "warning"} for n in (1, 2)], "schema": _schema(register_row=_I, check_name=_S, contract_id=_S, lot=_S, message=_S, severity=_S)},
    }  # fmt: skip


def _contracts(world: World, vendors: list[Any]) -> list[dict[str, Any]]:
    if not world.contracts:
        return []
    rows = []
    for n, v in enumerate(vendors):
        if v["state"] == "no_contract":
            continue
        end = month_before(world.last, -((n * 5) % 31) + 7) - timedelta(days=1)
        ceiling = Decimal(2_000_000 + 250_000 * n) if n % 3 == 0 else None
        used = Decimal(1_900_000 + 90_000 * n)
        rows.append({"contract_id": f"IK-202{n % 5}-{n:03d}", "supplier_id": "S" + v["vendor_id"][1:], "lot": "", "title": world.title(n, f"Ramavtal {CATEGORIES[v['category']][0].lower()}"),
                     "kind": "framework", "valid_from": month_before(end, 36), "valid_to": end, "extended_to": None, "last_day": end,
                     "ceiling_sek": ceiling, "called_off_sek": used, "remaining_sek": None if ceiling is None else ceiling - used,
                     "ceiling_forecast_date": end - timedelta(days=90) if ceiling else None, "max_end": end + timedelta(days=365) if n % 2 else end})  # fmt: skip
    return rows


_FIGURES = """
    coalesce(sum(amount_sek) filter (side <> 'exempt'), 0)::decimal(18,2) as volume_sek,
    coalesce(sum(amount_sek) filter (side = 'exempt'), 0)::decimal(18,2) as exempt_sek,
    coalesce(sum(amount_sek) filter (side = 'covered'), 0)::decimal(18,2) as covered_sek,
    coalesce(sum(amount_sek) filter (side = 'uncovered'), 0)::decimal(18,2) as uncovered_sek,
    case when volume_sek > 0 then uncovered_sek::double / volume_sek::double end as uncovered_share,
    uncovered_share * 0.93 as uncovered_share_low,
    least(uncovered_share * 1.06, 1) as uncovered_share_high,
    {target} as target_share,
    case when volume_sek > 0 then coalesce(sum(amount_sek) filter (state not in ('exempt', 'no_contract', 'covered_elsewhere', 'unidentified', 'expired', 'superseded', 'not_started')), 0)::double / volume_sek::double end as supplier_fidelity,
    case when volume_sek > 0 then coalesce(sum(amount_sek) filter (state = 'confirmed'), 0)::double / volume_sek::double end as compliance_low,
    case when volume_sek > 0 then covered_sek::double / volume_sek::double end as compliance_high,
    case when volume_sek > 0 then 1 - coalesce(sum(amount_sek) filter (state = 'supplier_only'), 0)::double / volume_sek::double end as tested_share,
    coalesce(sum(amount_sek) filter (state = 'no_contract'), 0)::decimal(18,2) as gap_sek,
    coalesce(sum(amount_sek) filter (state in ('covered_elsewhere', 'superseded')), 0)::decimal(18,2) as leakage_sek,
    coalesce(sum(amount_sek) filter (state in ('expired', 'not_started')), 0)::decimal(18,2) as expired_sek,
    coalesce(sum(amount_sek) filter (state = 'ceiling_exceeded'), 0)::decimal(18,2) as ceiling_sek,
    coalesce(sum(amount_sek) filter (state = 'not_entitled'), 0)::decimal(18,2) as entitlement_sek,
    coalesce(sum(amount_sek) filter (state = 'out_of_scope'), 0)::decimal(18,2) as scope_sek,
    coalesce(sum(amount_sek) filter (state = 'unidentified'), 0)::decimal(18,2) as unknown_sek,
    case when volume_sek > 0 then 1 - leakage_sek::double / volume_sek::double end as purchase_fidelity,
    period = (select max(date_trunc('month', purchase_date)) from purchases)::date as is_preliminary
"""

_DERIVED = (
    """
create table purchases as
select c.line_id, c.part, l.purchase_date, v.vendor_name, s.supplier_name, l.account_code, l.category_code,
    l.unit, l.department, c.state, c.side, c.contract_id, c.lot, c.amount_sek, l.vendor_id, l.invoice_no,
    s.supplier_id, c.is_decided, c.is_line_decided
from coverage c join ledger_lines l using (line_id) join vendors v using (vendor_id)
left join vendor_matches m using (vendor_id) left join suppliers s using (supplier_id)
order by c.line_id, c.part;
create table build_info as select timestamp '2026-11-05 06:30:00' as built_at, '0.1.0' as version,
    'rules0123456789' as rules_digest, 'inputs0123456789' as inputs_digest, date '2022-01-01' as baseline_period, 0.17::double as baseline_share, 5 as smallest_group, 1 as fiscal_year_start_month, 'order' as date_basis, 30 as tail_days, date '2026-10-31' as as_of;
"""
    + "".join(
        f"create table {name} as select {period} as period, {extra} {_FIGURES} from purchases group by all order by all;\n"
        for name, period, extra in (
            ("kpi_monthly", "date_trunc('month', purchase_date)::date", ""),
            ("kpi_yearly", "date_trunc('year', purchase_date)::date", ""),
            ("kpi_department_monthly", "date_trunc('month', purchase_date)::date", "department,"),
            ("kpi_department_yearly", "date_trunc('year', purchase_date)::date", "department,"),
            ("kpi_category_yearly", "date_trunc('year', purchase_date)::date", "category_code,"),
        )
    )
    + """
create table kpi_rolling_12 as select m.period, r.* exclude (period, is_preliminary), m.is_preliminary
from kpi_monthly m, lateral (select m.period as period, """
    + _FIGURES.replace("{target}", "0.12::double")
    + """ from purchases where date_trunc('month', purchase_date) between m.period - interval 11 month and m.period) r;
"""
)

_ISSUE_5_EMPTY = """
create table leakage(year int, vendor_id varchar, category_code varchar, department varchar, amount_sek decimal(18,2), contract_id varchar);
create table action_plan(rank int, action varchar, subject varchar, amount_12m_sek decimal(18,2), uncovered_share_after double);
create table direct_award_watch(fiscal_year int, category_code varchar, amount_sek decimal(18,2), limit_sek decimal(18,2), used_share double, status varchar, vendor_count int, documentation_due boolean, is_limit_verified boolean);
create table contract_calendar(contract_id varchar, lot varchar, last_day date, notice_date date, days_left int, amount_12m_sek decimal(18,2), status varchar);
create table tender_competition(year int, category_code varchar, procurement_count int, tenders_median double, tenders_mean double, tenders_per_lot double, single_tender_share double, local_share double);
create table local_suppliers(year int, department varchar, amount_sek decimal(18,2), local_share double);
"""

_ISSUE_5 = (
    _ISSUE_5_EMPTY
    + """
insert into leakage select extract(year from l.purchase_date)::int, l.vendor_id, l.category_code, l.department, sum(c.amount_sek), min(c.contract_id)
from coverage c join ledger_lines l using (line_id) where c.state in ('covered_elsewhere', 'superseded') group by all order by all;
insert into action_plan values (1, 'redirect', 'IK-2024-054', 2100000, 0.128), (2, 'procure', '70', 1800000, 0.121), (3, 'extend', 'IK-2021-041', 900000, 0.118);
insert into direct_award_watch
select extract(year from purchase_date)::int, category_code, sum(amount_sek), 700000, sum(amount_sek)::double / 700000,
    case when sum(amount_sek) > 700000 then 'over' when sum(amount_sek) > 560000 then 'near' else 'under' end, count(distinct vendor_name), sum(amount_sek) > 100000, category_code <> '70'
from purchases where state in ('no_contract', 'direct_award') and category_code is not null group by all order by all;
insert into contract_calendar select contract_id, lot, last_day, last_day - 90, last_day - date '2026-10-28', called_off_sek / 3,
    case when last_day < date '2026-10-28' then 'ended' when last_day < date '2027-02-01' then 'ending' else 'valid' end from contracts order by all;
insert into tender_competition select y, c, 3 + y % 4, 3, 3.4, 2.6, 0.2, 0.41 from (values (2024), (2025), (2026)) y(y), (values ('65'), ('41'), ('70')) c(c);
insert into local_suppliers select extract(year from purchase_date)::int, department, sum(amount_sek), 0.31 from purchases where side <> 'exempt' group by all order by all;
"""
)


def ask_of(path: Path) -> Callable[[str, Mapping[str, object]], list[dict[str, Any]]]:
    """Return the seam `Ask` on a database file, as the pipeline gives it."""
    db = duckdb.connect(str(path), read_only=True)

    def ask(sql: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        cursor = db.execute(sql, dict(parameters))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return ask
