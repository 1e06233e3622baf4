"""Coverage as an analyst would write it in pandas: the peer of `cover`.

    python tests/benchmarks/_pandas_coverage.py FOLDER       of Parquet files, see PANDAS in cover.py

It is given what is small and worked out beforehand (accounts and what they are in scope of, units,
entitlements, exclusions, which vendor sells under which lot), and does what is asked of each
posting: vendor, account, exclusion, best lot of its supplier, another supplier's lot, ceiling.
Money is integer öre. What a benchmark's ledger never has is left out: orders, invoices, decisions,
exclusions by unit or text. The states are held to ours by `cover`, posting by posting.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Frames = Mapping[str, Any]  # table name to DataFrame


def main(folder: Path) -> None:
    """Time `states` on the Parquet files of a folder, and leave its answer beside them."""
    given = {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    started, clock = time.process_time(), time.perf_counter()
    found = states(given)
    ended, wall = time.process_time(), time.perf_counter() - clock
    said = {"pandas": ended - started, "pandas_wall": wall, "version": pd.__version__}
    print(json.dumps(said))
    found.to_parquet(folder / "states.out")


def states(given: Frames) -> Any:
    """Return line_id, part, state, ore: one row per part of a posting, as in `coverage`."""
    lines = _lines(given)
    lines["exclusion"] = lines["line_id"].map(_exclusions(lines, given))
    own = _own_lots(lines, given)
    lines = lines.merge(own, on="line_id", how="left")
    open_lines = lines[lines["standing"].isna() | (lines["standing"] == 4)]
    lines["elsewhere"] = lines["line_id"].map(_elsewhere(open_lines, given))
    lines = lines.merge(given["contracts"][["contract_no", "kind", "ceiling"]], how="left")
    standing, named = lines["standing"], lines["is_named"].fillna(value=False).astype(bool)
    lines["state"] = np.select(
        [
            lines["exclusion"].notna(),
            ~lines["is_usable"].fillna(value=False).astype(bool),
            (standing == 0) & (lines["kind"] == "direct_award"),
            (standing == 0) & (named | (lines["narrowness"] != 101)),
            standing == 0,
            standing == 1,
            standing == 2,
            standing == 3,
            (standing == 4) & lines["elsewhere"].notna(),
            standing == 4,
            standing == 5,
            lines["elsewhere"].notna(),
        ],
        [
            "exempt", "unidentified", "direct_award", "confirmed", "supplier_only", "tail",
            "not_entitled", "out_of_scope", "superseded", "expired", "not_started",
            "covered_elsewhere",
        ],
        default="no_contract",
    )  # fmt: skip
    return _ceilings(lines)


def _lines(given: Frames) -> Any:
    lines = given["postings"].merge(
        given["keys"], on=["vendor_name", "org_number", "vendor_number"], how="left"
    )
    lines = _valid_on(lines, given["accounts"], "account_code")
    lines = _valid_on(lines, given["units"], "unit")
    lines["written"] = lines["contract_ref"].str.strip().str.upper()
    written = given["contracts"][["written", "reference_no"]].drop_duplicates()
    return lines.merge(written, on="written", how="left")


def _valid_on(lines: Any, dated: Any, key: str) -> Any:
    """Join what is valid on the day; a posting has one or none."""
    found = lines[["line_id", "day", key]].merge(dated, on=key)
    found = found[(found["day"] >= found["valid_from"]) & (found["day"] <= found["valid_to"])]
    return lines.merge(
        found.drop(columns=["day", key, "valid_from", "valid_to"]), on="line_id", how="left"
    )


def _exclusions(lines: Any, given: Frames) -> Any:
    tests, vendors = given["exclusions"], given["exclusion_vendors"]
    thin = lines[["line_id", "day", "account_no", "vendor_no"]].assign(
        vendor_no=lines["vendor_no"].fillna(0)
    )
    by_account = thin.merge(given["exclusion_accounts"], on="account_no").merge(tests, on="test_no")
    both = by_account.merge(vendors.assign(fits=True), on=["test_no", "vendor_no"], how="left")
    both = both[~both["tests_vendor"] | both["fits"].notna()]
    by_vendor = thin.merge(vendors, on="vendor_no").merge(
        tests[~tests["tests_account"]], on="test_no"
    )
    found = pd.concat([both, by_vendor])
    found = found[(found["day"] >= found["valid_from"]) & (found["day"] <= found["valid_to"])]
    found = found.sort_values("exclusion_place").drop_duplicates("line_id")
    return found.set_index("line_id")["exclusion_id"]


def _own_lots(lines: Any, given: Frames) -> Any:
    """The best lot of each posting's own supplier: line_id, contract_no, standing, …"""
    usable = lines[lines["is_usable"].fillna(value=False).astype(bool)]
    found = usable.merge(given["lots"], on="vendor_no")
    found = found[(found["day"] >= found["identity_from"]) & (found["day"] <= found["identity_to"])]
    found = found.merge(given["scopes"], on=["contract_no", "scope_no"], how="left")
    found = found.merge(
        given["entitlements"].assign(entitled=True), on=["contract_no", "unit_no"], how="left"
    )
    can_test = (
        (found["has_account_scope"] & found["has_account"].fillna(value=False).astype(bool))
        | (found["has_category_scope"] & found["has_category"].fillna(value=False).astype(bool))
        | (found["has_cpv_scope"] & found["has_cpv"].fillna(value=False).astype(bool))
    )
    found["narrowness"] = np.where(
        found["prefix_length"].notna(),
        100 - found["prefix_length"].clip(upper=99),
        np.where(can_test, 102, 101),
    )
    found["is_named"] = found["reference_no"] == found["lot_reference"]
    entitled = ~found["has_units"] | found["entitled"].notna()
    before, after = found["day"] < found["valid_from"], found["day"] > found["last_day"]
    after_tail, fits = found["day"] > found["tail_day"], found["narrowness"] <= 101
    found["standing"] = np.select(
        [
            entitled & ~before & ~after_tail & found["is_named"] & ~after,
            entitled & ~before & ~after_tail & found["is_named"],
            before & entitled & fits,
            before,
            after_tail & entitled & fits,
            after_tail,
            after & entitled & fits,
            after,
            ~fits,
            entitled,
        ],
        [0, 1, 5, -1, 4, -1, 1, -1, 3, 0],
        default=2,
    )
    found = found[found["standing"] >= 0]
    found["unnamed"] = ~(found["is_named"] & (found["standing"] <= 1))
    found = found.sort_values(["standing", "unnamed", "narrowness", "contract_no"])
    found = found.drop_duplicates("line_id")
    return found[["line_id", "contract_no", "standing", "is_named", "narrowness"]]


def _elsewhere(lines: Any, given: Frames) -> Any:
    """The best lot of anybody, per posting that has none: account by account, to spare memory."""
    lots = given["scopes"].merge(given["contracts"], on="contract_no")
    wanted = ["scope_no", "contract_no", "valid_from", "last_day", "has_units", "prefix_length"]
    by_scope = dict(list(lots[wanted].groupby("scope_no")))
    entitled = given["entitlements"].assign(entitled=True)
    found = [pd.Series(dtype="float64")]
    for scope, some in lines[["line_id", "day", "scope_no", "unit_no"]].groupby("scope_no"):
        if scope not in by_scope:
            continue
        pairs = some.merge(by_scope[scope].drop(columns="scope_no"), how="cross")
        pairs = pairs[(pairs["day"] >= pairs["valid_from"]) & (pairs["day"] <= pairs["last_day"])]
        pairs = pairs.merge(entitled, on=["contract_no", "unit_no"], how="left")
        pairs = pairs[~pairs["has_units"] | pairs["entitled"].notna()]
        pairs = pairs.sort_values(["prefix_length", "contract_no"], ascending=[False, True])
        best = pairs.drop_duplicates("line_id")
        found.append(best.set_index("line_id")["contract_no"].astype("float64"))
    return pd.concat(found)


def _ceilings(lines: Any) -> Any:
    """Split what crosses a ceiling: in the order of day and line_id, to the öre."""
    called = ["confirmed", "supplier_only", "direct_award", "tail"]
    under = lines[lines["state"].isin(called) & lines["ceiling"].notna()]
    under = under.sort_values(["contract_no", "day", "line_id"])
    after = under.groupby("contract_no")["ore"].cumsum()
    before = after - under["ore"]
    ceiling = under["ceiling"].astype("int64")
    held = np.minimum(after, ceiling) - np.minimum(before, ceiling)
    parts = lines[["line_id", "state", "ore"]].assign(part=1)
    none = under.index[(held == 0) & (under["ore"] != 0)]
    parts.loc[none, "state"] = "ceiling_exceeded"
    split = under.index[(held != 0) & (held != under["ore"])]
    over = parts.loc[split].assign(part=2, state="ceiling_exceeded")
    over["ore"] = under.loc[split, "ore"] - held.loc[split]
    parts.loc[split, "ore"] = held.loc[split]
    return pd.concat([parts, over])[["line_id", "part", "state", "ore"]]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
