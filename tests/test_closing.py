"""A month is closed when it has ended, and whoever closes it early is told so."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from compliance import pipeline, verbs
from compliance.errors import UsageError
from compliance.scaffold import scaffold
from compliance.workspace import Workspace

JANUARY, MARCH = date(2024, 1, 1), date(2024, 3, 1)
LEDGER = (
    "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;"
    "bokforingsdatum;forvaltning;fakturanummer;nettobelopp;grund;avtal;kommun_id;s_kod_nr\n"
    "2120001967;K;1;E AB;556016-0680;6500;t;2024-01-31;S;1;100.00;;;1880;\n"
    "2120001967;K;2;E AB;556016-0680;6500;t;2024-03-20;S;2;100.00;;;1880;\n"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("closing") / "w"
    scaffold(folder, demo=False)
    (folder / "ledger" / "l.csv").write_text(LEDGER, "utf-8")
    (folder / "contracts" / "a.csv").write_text(
        "avtal;leverantör;giltig från;giltig till\nA;E AB;2024-01-01;2024-12-31\n", "utf-8"
    )
    workspace = Workspace.open(folder)
    pipeline.build(workspace, lambda _: None)
    return workspace


def closed(workspace: Workspace, month: date, day: date) -> list[str]:
    """Close the month on a day; return what is said of it."""
    said: list[str] = []
    verbs.close(
        workspace, month, datetime(day.year, day.month, day.day, 12, tzinfo=UTC), said.append
    )
    return said


def test_a_month_that_has_not_ended_is_not_closed(built: Workspace) -> None:
    with pytest.raises(UsageError, match="2024-03 has not ended") as refused:
        closed(built, MARCH, date(2024, 3, 31))
    assert "close it after 2024-03-31" in refused.value.fix
    assert not list(built.history.glob("closed-2024-03*"))


def test_a_preliminary_month_is_closed_with_a_warning_and_the_way_back(built: Workspace) -> None:
    said = "\n".join(closed(built, MARCH, date(2024, 4, 1)))
    assert said.startswith("warning: 2024-03 is closed while it is preliminary")
    assert "the ledger's last day is 2024-03-20" in said
    file = built.history / "closed-2024-03.json"
    assert f"move history/{file.name} out of history/" in said
    with pytest.raises(UsageError, match="is closed already") as refused:
        closed(built, MARCH, date(2024, 4, 2))
    assert "move the file out of history/" in refused.value.fix
    file.rename(built.root / "kept.json")
    assert closed(built, MARCH, date(2024, 4, 2))


def test_a_month_that_is_whole_is_closed_without_a_word(built: Workspace) -> None:
    # Its lag of 45 days ends on 16 March, before the ledger's last day.
    assert closed(built, JANUARY, date(2024, 4, 1)) == []


def test_a_month_beyond_the_calendar_has_not_ended(built: Workspace) -> None:
    with pytest.raises(UsageError, match="9999-12 has not ended"):
        closed(built, date(9999, 12, 1), date(2024, 3, 31))
