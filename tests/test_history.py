"""A closed month comes back as it was closed, or says that it does not."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from compliance import history
from compliance.errors import InputError
from compliance.history import ClosedMonth

JUNE = date(2023, 6, 1)
FIGURES = {
    "period": JUNE,
    "volume_sek": Decimal("1200.10"),
    "uncovered_sek": Decimal("205.46"),
    "uncovered_share": 0.1712345678901234,
}
CLOSED = ClosedMonth(
    period=JUNE,
    closed_at=datetime(2023, 8, 1, 12, tzinfo=UTC),
    version="0.1.0",
    rules_digest="a" * 64,
    inputs_digest="b" * 64,
    figures=FIGURES,
    departments=[{**FIGURES, "department": "Vård och omsorg, Åmål"}],
    inputs={"ledger/å.csv": "c" * 64},
    rules={"policy.toml": "closing_lag_days = 45\n"},
)


def test_a_closed_month_comes_back_as_it_was_closed(tmp_path: Path) -> None:
    history.close(tmp_path, CLOSED)
    assert history.read(tmp_path) == (CLOSED,)


def test_a_digit_changed_in_a_closed_month_is_told(tmp_path: Path) -> None:
    file = history.close(tmp_path, CLOSED)
    file.write_text(file.read_text("utf-8").replace("1200.10", "1200.11", 1), "utf-8")
    with pytest.raises(InputError, match="this closed month cannot be read") as refused:
        history.read(tmp_path)
    assert "not those its digest was taken of" in refused.value.why


def test_a_month_that_was_closed_before_there_were_digests_is_read(tmp_path: Path) -> None:
    file = history.close(tmp_path, CLOSED)
    content = json.loads(file.read_text("utf-8"))
    del content["digest"]
    file.write_text(json.dumps(content), "utf-8")
    assert history.read(tmp_path) == (CLOSED,)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["figures"].update(volume_sek="1 234,50"),
        lambda content: content.update(figures=None),
        lambda content: content["figures"].pop("uncovered_share"),
        lambda content: content.clear(),
    ],
)
def test_a_closed_month_that_is_damaged_is_told_with_its_file(tmp_path: Path, change: Any) -> None:
    file = history.close(tmp_path, CLOSED)
    content = json.loads(file.read_text("utf-8"))
    del content["digest"]
    change(content)
    file.write_text(json.dumps(content), "utf-8")
    with pytest.raises(InputError, match=r"history/closed-2023-06\.json: this closed month cannot"):
        history.read(tmp_path)


def test_a_copy_of_a_closed_month_is_not_read_as_another(tmp_path: Path) -> None:
    file = history.close(tmp_path, CLOSED)
    shutil.copy(file, tmp_path / "closed-2023-06-old.json")
    with pytest.raises(InputError, match="is 2023-06, and its name says otherwise"):
        history.read(tmp_path)
