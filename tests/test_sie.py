"""The general ledger is read whole, or it is said what is not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from shared_data import shared

from compliance.errors import ComplianceError, InputError
from compliance.readers.sie import SieFile, read_sie_file
from compliance.sie import check_sie, read_sie, set_aside
from compliance.workspace import Workspace

HEAD = '#FLAGGA 0\n#FORMAT PC8\n#SIETYP 4\n#KONTO 1930 "Bank"\n#KONTO 6010 "Lokalhyra å"\n'


def sie(tmp_path: Path, body: str, head: str = HEAD) -> SieFile:
    path = tmp_path / "a.se"
    path.write_bytes((head + body).encode("cp437"))
    return read_sie_file(path, "a.se")


def voucher(*posts: str, number: str = "1", day: str = "20240305") -> str:
    return f'#VER A {number} {day} "Hyra"\n{{\n' + "".join(f"{p}\n" for p in posts) + "}\n"


BALANCED = voucher("#TRANS 1930 {} -100.50", '#TRANS 6010 {1 "10"} 100.50')


def test_a_voucher_counts_in_its_month(tmp_path):
    found = sie(tmp_path, BALANCED)
    assert found.months == {
        (date(2024, 3, 1), "1930"): Decimal("-100.50"),
        (date(2024, 3, 1), "6010"): Decimal("100.50"),
    }
    assert found.accounts["6010"] == "Lokalhyra å"


def test_a_voucher_that_does_not_balance_goes_out_whole(tmp_path):
    found = sie(tmp_path, voucher("#TRANS 1930 {} -100", "#TRANS 6010 {} 99.99") + BALANCED)
    assert sum(found.months.values()) == 0
    assert len(found.months) == 2
    (aside,) = found.aside
    assert (aside.row, aside.reason) == (6, "the voucher does not balance: its sum is -0.01")


def test_a_repeated_and_a_removed_transaction_are_not_counted(tmp_path):
    found = sie(
        tmp_path,
        voucher(
            "#TRANS 1930 {} -100",
            "#BTRANS 6010 {} 90",
            "#RTRANS 6010 {} 100",
            "#TRANS 6010 {} 100",
        ),
    )
    assert found.months[date(2024, 3, 1), "6010"] == 100
    assert not found.aside


@pytest.mark.parametrize("amount", ["100,00", "1e2", "100.505", "", "NaN"])
def test_an_amount_in_another_notation_sets_the_voucher_aside(tmp_path, amount):
    found = sie(tmp_path, voucher(f"#TRANS 1930 {{}} {amount}", "#TRANS 6010 {} 0"))
    assert [aside.reason for aside in found.aside] == ["an amount of the voucher cannot be read"]


@pytest.mark.parametrize("day", ["20240230", "2024+3+5", "2024-3-5", "20243"])
def test_a_day_that_is_none_sets_the_voucher_aside(tmp_path, day):
    found = sie(tmp_path, voucher("#TRANS 1930 {} 0", day=day))
    assert [aside.reason for aside in found.aside] == ["the voucher's date cannot be read"]


def test_a_voucher_that_stands_twice_counts_once(tmp_path):
    found = sie(tmp_path, BALANCED + BALANCED)
    assert found.months[date(2024, 3, 1), "6010"] == Decimal("100.50")
    (aside,) = found.aside
    assert "count twice" in aside.reason


def test_a_balance_that_stands_twice_is_refused(tmp_path):
    balance = "#PSALDO 0 202403 6010 {} 100.50 0\n"
    head = HEAD.replace("TYP 4", "TYP 3")
    assert sie(tmp_path, balance, head).months[date(2024, 3, 1), "6010"] == Decimal("100.50")
    with pytest.raises(InputError, match="6010 for 202403 stands twice"):
        sie(tmp_path, balance * 2, head)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + BALANCED[:-3], "ends inside a voucher"),
        (HEAD + "#TRANS 1930 {} 1\n", "outside a voucher"),
        (HEAD.replace("PC8", "UTF8") + BALANCED, "#FORMAT is UTF8"),
        (HEAD.replace("TYP 4", "TYP 5") + BALANCED, "#SIETYP is 5"),
        ("<html>404</html>", "no SIE file"),
        ("", "no SIE file"),
        (HEAD + "\0", "NUL"),
        (HEAD + f"#KSUMMA\n{BALANCED}#KSUMMA 1\n", "the checksum is 1"),
        (HEAD + f"#KSUMMA\n{BALANCED}", "not closed"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(tmp_path, text, says):
    with pytest.raises(InputError, match=says):
        sie(tmp_path, text, head="")


def test_the_checksum_covers_every_sign_but_the_marks(tmp_path):
    source = shared("sie-samples/jsisie/Norstedts%20Bokslut%20SIE%204I.si")
    read_sie_file(source, "sound")
    changed = tmp_path / "changed.si"
    raw = source.read_bytes()
    at = raw.rindex(b"#TRANS")
    at = next(i for i in range(at + 7, len(raw)) if raw[i : i + 1].isdigit())
    changed.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
    with pytest.raises(InputError, match="checksum"):
        read_sie_file(changed, "changed")


def test_all_the_sample_files_are_read_or_refused_with_a_reason():
    files = [p for p in sorted(shared("sie-samples/jsisie").rglob("*")) if p.suffix.lower() in {".se", ".si"}]  # fmt: skip
    read = [found for path in files if isinstance(found := verdict(path), SieFile)]
    assert len(files) >= 60
    assert len(files) - len(read) == len([p for p in files if p.parent.name == "not_sie"])
    assert all(sum(found.months.values()) == 0 for found in read if found.kind == "4")


def verdict(path: Path) -> SieFile | ComplianceError:
    try:
        return read_sie_file(path, path.name)
    except ComplianceError as error:
        return error


def test_a_build_is_told_which_vouchers_the_control_lacks(tmp_path):
    folder = tmp_path / "ledger" / "sie"
    folder.mkdir(parents=True)
    (tmp_path / "compliance.toml").write_text('[organisation]\nname = "Prov"\n')
    unbalanced = voucher("#TRANS 1930 {} -100", "#TRANS 6010 {} 99.99")
    (folder / "a.se").write_bytes((HEAD + unbalanced + BALANCED).encode("cp437"))
    workspace = Workspace.open(tmp_path)
    reason = "the voucher does not balance: its sum is -0.01"
    assert set_aside(workspace).rows() == [("ledger/sie/a.se", 6, reason)]


@pytest.mark.parametrize("name", ["sie", "SIE", "Sie"])
def test_two_files_with_the_same_vouchers_are_refused(tmp_path, name):
    folder = tmp_path / "ledger" / name
    folder.mkdir(parents=True)
    (tmp_path / "compliance.toml").write_text('[organisation]\nname = "Prov"\n')
    (folder / "a.se").write_bytes((HEAD + BALANCED).encode("cp437"))
    workspace = Workspace.open(tmp_path)
    assert read_sie(workspace)["amount_sek"].to_list() == [Decimal("-100.50"), Decimal("100.50")]
    assert check_sie(workspace) == []

    (folder / "b.se").write_bytes((HEAD + BALANCED + "\n#ORGNR 1\n").encode("cp437"))
    with pytest.raises(InputError, match=rf"also in ledger/{name}/a\.se"):
        read_sie(workspace)


@pytest.mark.parametrize(("vouchers", "balances"), [("a.se", "b.se"), ("b.se", "a.se")])
def test_vouchers_and_balances_of_one_month_are_refused_whichever_comes_first(
    tmp_path, vouchers, balances
):
    folder = tmp_path / "ledger" / "sie"
    folder.mkdir(parents=True)
    (tmp_path / "compliance.toml").write_text('[organisation]\nname = "Prov"\n')
    (folder / vouchers).write_bytes((HEAD + BALANCED).encode("cp437"))
    second = HEAD + voucher("#TRANS 1930 {} -1", "#TRANS 6010 {} 1", number="2")
    (folder / "c.se").write_bytes(second.encode("cp437"))
    workspace = Workspace.open(tmp_path)
    assert len(read_sie(workspace)) == 4

    (folder / "c.se").unlink()
    balance = HEAD.replace("TYP 4", "TYP 2") + "#PSALDO 0 {} 6010 {{}} 100.50 0\n"
    (folder / balances).write_bytes(balance.format("202404").encode("cp437"))
    assert len(read_sie(workspace)) == 3
    (folder / balances).write_bytes(balance.format("202403").encode("cp437"))
    with pytest.raises(InputError, match=r"also in ledger/sie/a\.se: 1"):
        read_sie(workspace)
