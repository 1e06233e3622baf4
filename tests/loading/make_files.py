"""Makes the bad and odd files of this folder, each with its verdict: `python tests/loading/make_files.py`.

`load`: every row is loaded; `reject rows`: some are, with their reasons; `refuse`: none of the file.
The rules are those of the reliability study's catalogue (4.2); rows and öre are worked out by hand.
"""

from __future__ import annotations

import datetime
import json
import re
import shutil
import zipfile
from io import BytesIO
from pathlib import Path

import xlsxwriter

HERE = Path(__file__).parent
FILES = HERE / "files"
CASES: dict[str, dict[str, object]] = {}

# varberg's layout: decimal comma; kommun's own: national 1.1, decimal point.
COMMA = "verifikationsnummer;leverantör;organisationsnummer;konto;kontotext;belopp exkl. moms;bokföringsdatum;förvaltning;fakturanummer"
POINT = "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;bokforingsdatum;forvaltning;nettobelopp"

WHOLE = "kopare_id;kopare;verifikationsnummer;leverantor;leverantor_id;konto_nr;konto_text;bokforingsdatum;forvaltning;fakturanummer;nettobelopp;grund;avtal;kommun_id;s_kod_nr"


def comma(
    n: int,
    amount: str = "100,00",
    *,
    day: str = "2024-03-05",
    name: str = "Åkes Plåt AB",
    org: str = "556000-1234",
    mark: str = ";",
) -> str:
    return mark.join((f"V{n}", name, org, "6010", "Hyror", amount, day, "Skola", f"F{n}"))


def point(
    n: int, amount: str = "100.00", *, day: str = "2024-03-05", name: str = "Åkes Plåt AB"
) -> str:
    return ";".join(
        ("2120", "Hällsjö", f"V{n}", name, "556000-1234", "6010", "Hyror", day, "Skola", amount)
    )


def case(
    file: str,
    content: bytes,
    verdict: str,
    loaded: int = 0,
    rejected: int = 0,
    ore: int = 0,
    rejected_ore: int = 0,
    says: str = "",
    at: tuple[int | None, str | None] | None = None,
) -> None:
    assert file not in CASES, file
    path = FILES / file
    path.write_bytes(content)
    CASES[file] = {
        "verdict": verdict,
        "loaded": loaded,
        "rejected": rejected,
        "ore": ore,
        "rejected_ore": rejected_ore,
        "says": says,
    }
    if at:
        CASES[file]["row"], CASES[file]["column"] = at


def lines(*rows: str, header: str = COMMA, end: str = "\n", last: bool = True) -> str:
    return end.join((header, *rows)) + (end if last else "")


AMOUNT_COLUMN = "belopp exkl. moms"


def amounts() -> None:
    good = {
        "whole": ("1250", 125000), "one-decimal": ("1250,5", 125050), "blank-groups": ("1 234 567,89", 123456789),
        "no-break-groups": ("1\u00a0234,50", 123450), "narrow-groups": ("1\u202f234,50", 123450), "thin-groups": ("1\u2009234,50", 123450),
        "true-minus": ("\u2212250,00", -25000), "trailing-minus": ("250,00-", -25000), "parentheses": ("(250,00)", -25000),
        "kr": ("250,00 kr", 25000), "sek": ("250,00 SEK", 25000), "plus": ("+250,00", 25000), "padded": ("   250,00  ", 25000),
        "zero": ("0,00", 0), "minus-zero": ("-0,00", 0), "largest": ("9999999999999,99", 999999999999999),
    }  # fmt: skip
    for name, (text, ore) in good.items():
        case(
            f"amount-{name}.csv",
            lines(comma(1), comma(2, text)).encode(),
            "load",
            2,
            0,
            10000 + ore,
        )
    bad = {
        "empty": ("", "no amount"), "dash": ("-", "no amount"), "spreadsheet-error": ("#N/A", "error of the spreadsheet"),
        "swedish-error": ("#SAKNAS!", "error of the spreadsheet"), "nan": ("NaN", "no amount"), "inf": ("inf", "no amount"),
        "exponent": ("1,25E+03", "exponent"), "three-decimals": ("1250,505", "more than two decimals"),
        "ambiguous": ("1.250", "ambiguous"), "both-signs": ("1.250,00", "ambiguous"), "arabic-digits": ("١٢٥", "other digits"),
        "wide-digits": ("１２５", "other digits"), "letter-o": ("1 234,5O", "cannot read"), "two-minus": ("--5", "cannot read"),
        "minus-both-ends": ("-5-", "cannot read"), "groups-of-two": ("12 34,00", "cannot read"), "mixed-groups": ("1 234\u00a0567,00", "cannot read"),
        "open-parenthesis": ("(250,00", "cannot read"), "no-digit-before": (",50", "cannot read"), "no-digit-after": ("50,", "cannot read"),
        "euro": ("250,00 EUR", "cannot read"), "percent": ("25%", "cannot read"), "apostrophe": ("1'250,00", "cannot read"),
        "beyond-reason": ("99999999999999", "beyond any amount"), "hex": ("0x10", "cannot read"), "formula": ("=1+1", "cannot read"), "underscore": ("1_000", "cannot read"),
    }  # fmt: skip
    for name, (text, says) in bad.items():
        case(
            f"amount-{name}.csv",
            lines(comma(1), comma(2, text), comma(3)).encode(),
            "reject rows",
            2,
            1,
            20000,
            says=says,
            at=(3, AMOUNT_COLUMN),
        )
    case(
        "amount-thousands-as-decimals.csv",
        lines(point(1), point(2, "1.250"), header=POINT).encode(),
        "reject rows",
        1,
        1,
        10000,
        says="more than two decimals",
    )
    case(
        "amount-comma-in-a-point-layout.csv",
        lines(point(1), point(2, "1250,00"), header=POINT).encode(),
        "reject rows",
        1,
        1,
        10000,
        says="ambiguous",
    )
    case(
        "amounts-all-in-another-notation.csv",
        lines(*(point(n, "1250,00") for n in range(1, 13)), header=POINT).encode(),
        "refuse",
        says="not one row can be read",
    )


def dates() -> None:
    for name, text, says in (
        ("30-february", "2024-02-30", "not a day"), ("29-february-2023", "2023-02-29", "not a day"), ("13th-month", "2024-13-01", "not a day"),
        ("empty", "", "no date"), ("two-digit-year", "24-03-05", "cannot read"), ("slashes", "05/03/2024", "cannot read"),
        ("serial", "45356", "cannot read"), ("no-zeros", "2024-3-5", "cannot read"), ("with-time", "2024-03-05 10:00", "cannot read"),
        ("year-24", "0024-03-05", "not a day"), ("year-2204", "2204-03-05", "not a day"), ("words", "5 mars 2024", "cannot read"), ("compact", "20240305", "cannot read"),
        ("other-digits", "２０２４-03-05", "cannot read"), ("error", "#REF!", "error of the spreadsheet"),
    ):  # fmt: skip
        case(
            f"date-{name}.csv",
            lines(comma(1), comma(2, day=text), comma(3)).encode(),
            "reject rows",
            2,
            1,
            20000,
            10000,
            says,
            (3, "bokföringsdatum"),
        )
    case("date-leap-day.csv", lines(comma(1, day="2024-02-29")).encode(), "load", 1, 0, 10000)
    case(
        "date-next-year.csv",
        lines(comma(1), comma(2, day="2025-01-02")).encode(),
        "load",
        2,
        0,
        20000,
    )
    days = (*("2022-03-05",) * 3, "2024-03-05", "2024-03-06", "2029-03-05")
    case(
        "date-years-skipped.csv",
        lines(*(comma(n, day=day) for n, day in enumerate(days))).encode(),
        "load",
        6,
        0,
        60000,
    )
    case(
        "date-years-skipped-downwards.csv",
        lines(
            *(comma(n, day=day) for n, day in enumerate(("2017-01-02", "2019-12-31", *days[3:5])))
        ).encode(),
        "load",
        4,
        0,
        40000,
    )
    case(
        "date-ten-years-off.csv",
        lines(comma(1), comma(2, day="2023-03-05"), comma(3, day="2014-03-05")).encode(),
        "reject rows",
        2,
        1,
        20000,
        10000,
        "far from the file's other dates",
        (4, "bokföringsdatum"),
    )
    case(
        "date-far-from-the-others.csv",
        lines(comma(1), comma(2), comma(3, day="2042-03-05")).encode(),
        "reject rows",
        2,
        1,
        20000,
        10000,
        "far from the file's other dates",
        (4, "bokföringsdatum"),
    )


def encodings() -> None:
    rows = (comma(1), comma(2, name="Önnered & Ängö"))
    text = lines(*rows)
    case("utf-8.csv", text.encode(), "load", 2, 0, 20000)
    case("utf-8-bom.csv", text.encode("utf-8-sig"), "load", 2, 0, 20000)
    case("cp1252.csv", text.encode("cp1252"), "load", 2, 0, 20000)
    case("utf-16-le-bom.csv", b"\xff\xfe" + text.encode("utf-16-le"), "load", 2, 0, 20000)
    case("utf-16-be-bom.csv", b"\xfe\xff" + text.encode("utf-16-be"), "load", 2, 0, 20000)
    # The amount is last, and without decimals: only a file that ends in it is cut off.
    amounts_last = lines(*(point(n) for n in (1, 2, 3)), point(4, "12"), header=POINT)
    for order, mark in (("le", b"\xff\xfe"), ("be", b"\xfe\xff")):
        raw = mark + amounts_last.encode(f"utf-16-{order}")
        case(f"utf-16-{order}-amount-last.csv", raw, "load", 4, 0, 31200)
        case(
            f"utf-16-{order}-truncated-in-the-amount.csv",
            raw[:-2],
            "reject rows",
            3,
            1,
            30000,
            1200,
            "breaks off",
            (5, "nettobelopp"),
        )
    case("utf-16-without-bom.csv", text.encode("utf-16-le"), "refuse", says="")
    case(
        "utf-16-odd-byte.csv",
        b"\xff\xfe" + text.encode("utf-16-le") + b"x",
        "refuse",
        says="breaks off or is damaged",
    )
    case("utf-32.csv", text.encode("utf-32"), "refuse", says="UTF-32")
    case("cp850.csv", text.encode("cp850"), "refuse")
    ascii_head = lines(*(point(n, name="Önnered & Ängö Plåtslåger") for n in (1, 2)), header=POINT)
    case(
        "cp850-under-an-ascii-header.csv",
        ascii_head.replace("ö", "o").encode("cp850"),
        "refuse",
        says="neither UTF-8 nor cp1252",
    )
    case(
        "mac-roman-under-an-ascii-header.csv",
        ascii_head.encode("mac-roman"),
        "refuse",
        says="neither UTF-8 nor cp1252",
    )
    garbled = (
        lines(*(point(n, name="Åkes Plåt") for n in (1, 2)), header=POINT)
        .encode()
        .decode("cp1252", "replace")
        .encode()
    )
    case("all-letters-garbled.csv", garbled, "refuse", says="garbled")
    case(
        "one-name-garbled.csv",
        lines(comma(1), comma(2, name="MÃ¶ller AB")).encode(),
        "load",
        2,
        0,
        20000,
    )
    bad = text.encode().splitlines(keepends=True)
    case(
        "one-line-of-cp1252-in-utf-8.csv",
        b"".join((bad[0], bad[1], comma(9, name="Öst AB").encode("cp1252") + b"\n", bad[2])),
        "reject rows",
        2,
        1,
        20000,
        0,
        "bytes that its encoding does not know",
        (3, None),
    )
    case(
        "undefined-byte-in-cp1252.csv",
        text.encode("cp1252")
        + comma(3, name="x\ufffd").encode("cp1252", "ignore").replace(b";x;", b";x\x81;")
        + b"\n",
        "reject rows",
        2,
        1,
        20000,
        0,
        "bytes that its encoding does not know",
        (4, None),
    )
    half = [
        comma(n, name="Ö AB").encode("cp1252" if n % 2 else "utf-8") + b"\n" for n in range(1, 8)
    ]
    case(
        "half-utf-8-half-cp1252.csv",
        COMMA.encode("cp1252") + b"\n" + b"".join(half),
        "refuse",
        says="partly UTF-8",
    )
    case(
        "nul-byte.csv",
        lines(comma(1), comma(2, name="A\0B"), comma(3)).encode(),
        "reject rows",
        2,
        1,
        20000,
        0,
        "NUL",
        (3, None),
    )
    case(
        "overlong-utf-8.csv",
        lines(comma(1), comma(2)).encode()
        + comma(3, name="A?B").encode().replace(b"?", b"\xc0\xaf")
        + b"\n",
        "reject rows",
        2,
        1,
        20000,
        0,
        "bytes that its encoding does not know",
        (4, None),
    )
    case(
        "decomposed-letters.csv",
        lines(comma(1, name="A\u030akes Pla\u030at")).encode(),
        "load",
        1,
        0,
        10000,
    )
    case("dos-end-of-file.csv", text.encode() + b"\x1a", "load", 2, 0, 20000)
    case(
        "bom-in-mid-file.csv",
        lines(comma(1)).encode() + b"\xef\xbb\xbf" + comma(2).encode() + b"\n",
        "load",
        2,
        0,
        20000,
    )

    signs = lines(*(point(n, name="O’Neil – “Café” … 5 €") for n in (1, 2)), header=POINT)
    plain = signs.replace("Hällsjö", "Krokom").replace("é", "e")
    case("typographic-signs-in-cp1252.csv", plain.encode("cp1252"), "load", 2, 0, 20000)


def rows() -> None:
    a, b, c = comma(1), comma(2), comma(3)
    case("cr-line-ends.csv", lines(a, b, end="\r").encode(), "load", 2, 0, 20000)
    case("crlf-line-ends.csv", lines(a, b, end="\r\n").encode(), "load", 2, 0, 20000)
    case("mixed-line-ends.csv", f"{COMMA}\r\n{a}\n{b}\r{c}\r\n".encode(), "load", 3, 0, 30000)
    case("doubled-line-ends.csv", lines(a, b, end="\r\r\n").encode(), "load", 2, 0, 20000)
    case("no-final-newline.csv", lines(a, b, last=False).encode(), "load", 2, 0, 20000)
    case(
        "truncated-last-line.csv",
        lines(a, b).encode() + c[:25].encode(),
        "reject rows",
        2,
        1,
        20000,
        0,
        "breaks off in this row: ",
        (4, None),
    )
    case(
        "truncated-in-the-amount.csv",
        lines(*(point(n) for n in (1, 2, 3)), header=POINT).encode() + point(4, "12").encode(),
        "reject rows",
        3,
        1,
        30000,
        1200,
        "breaks off",
        (5, "nettobelopp"),
    )
    case("blank-lines.csv", lines(a, "", b, ";;;;;;;;", "   ", c, "").encode(), "load", 3, 0, 30000)
    case("only-a-header.csv", lines().encode(), "load", 0, 0, 0)
    case("empty.csv", b"", "refuse", says="empty")
    case("only-a-bom.csv", b"\xef\xbb\xbf", "refuse", says="empty")
    case("only-newlines.csv", b"\n\n\n", "refuse", says="header")
    case("sep-line.csv", ("sep=;\n" + lines(a, b)).encode(), "load", 2, 0, 20000)
    case("sep-line-of-another.csv", ("sep=,\n" + lines(a, b)).encode(), "refuse")
    case(
        "lines-above-the-header.csv",
        ("Leverantörsreskontra\nUttag 2024-04-01\n\n" + lines(a, b)).encode(),
        "load",
        2,
        0,
        20000,
    )
    case(
        "a-row-above-the-header.csv",
        (c + "\n" + lines(a, b)).encode(),
        "refuse",
        says="above the header",
    )
    case(
        "header-in-capitals-and-spaces.csv",
        lines(a, b, header=" " + COMMA.upper().replace(";", " ; ")).encode(),
        "load",
        2,
        0,
        20000,
    )
    case(
        "trailing-delimiters.csv",
        lines(a + ";", b + ";", header=COMMA + ";").encode(),
        "load",
        2,
        0,
        20000,
    )
    case(
        "trailing-delimiters-in-rows-only.csv",
        lines(a + ";", b + ";").encode(),
        "reject rows",
        0,
        2,
        0,
        says="more than",
    )
    # Each row has a separator in the unit's name: one more cell, and the last one is empty.
    case(
        "separator-gained-in-every-row.csv",
        lines(
            *(point(n).replace("Skola", "Skola; norr") + ";" for n in (1, 2)),
            header=POINT + ";grund",
        ).encode(),
        "reject rows",
        0,
        2,
        0,
        says="more than",
    )
    case(
        "cell-below-no-name.csv",
        lines(a + ";", b.replace("Åkes", "Rör; 22"), c + ";", header=COMMA + ";").encode(),
        "reject rows",
        2,
        1,
        20000,
        says="below no column name",
        at=(3, None),
    )
    case(
        "fewer-cells.csv",
        lines(a, b.replace(";Hyror", ""), c).encode(),
        "reject rows",
        2,
        1,
        20000,
        0,
        "fewer than",
        (3, None),
    )
    case(
        "more-cells.csv",
        lines(a, b.replace("Åkes Plåt AB", "Rör; 22 mm"), c).encode(),
        "reject rows",
        2,
        1,
        20000,
        0,
        "more than",
        (3, None),
    )
    case(
        "separator-lost-and-gained.csv",
        lines(a, "V2;Rör; 22 mm;556000-12346010;Hyror;100,00;2024-03-05;Skola;F2", c).encode(),
        "reject rows",
        2,
        1,
        20000,
        10000,
        "no account code",
        (3, "konto"),
    )
    case(
        "quoted-separator.csv",
        lines(a, b.replace("Åkes Plåt AB", '"Rör; 22 mm"'), c).encode(),
        "load",
        3,
        0,
        30000,
    )
    case(
        "all-quoted.csv",
        lines(*(";".join(f'"{x}"' for x in r.split(";")) for r in (a, b))).encode(),
        "load",
        2,
        0,
        20000,
    )
    case(
        "doubled-quotes.csv",
        lines(a, b.replace("Åkes Plåt AB", '"Café ""Ö"""')).encode(),
        "load",
        2,
        0,
        20000,
    )
    case(
        "quote-inside-a-cell.csv",
        lines(a, b.replace("Åkes", '5" Åkes'), c).encode(),
        "reject rows",
        2,
        1,
        20000,
        0,
        "quote stands inside",
        (3, None),
    )
    case(
        "text-after-a-quote.csv",
        lines(a, b.replace("Åkes Plåt AB", '"Åkes" Plåt'), c).encode(),
        "reject rows",
        2,
        1,
        20000,
        0,
        "follows a closing quote",
        (3, None),
    )
    case(
        "unclosed-quote.csv",
        lines(a, b.replace("Åkes", '"Åkes'), c, comma(4)).encode(),
        "reject rows",
        3,
        1,
        30000,
        0,
        "never closed",
        (3, None),
    )
    case(
        "two-unclosed-quotes.csv",
        lines(a, b.replace("Åkes", '"Åkes'), c.replace("Åkes", '"Åkes'), comma(4)).encode(),
        "reject rows",
        2,
        2,
        20000,
        0,
        "never closed",
    )
    case(
        "unclosed-quote-on-the-last-line.csv",
        lines(a, b.replace("Åkes", '"Åkes')).encode(),
        "reject rows",
        1,
        1,
        10000,
        0,
        "never closed",
        (3, None),
    )
    case(
        "newline-in-quotes.csv",
        lines(a, b.replace("Åkes Plåt AB", '"Åkes\nPlåt; AB"'), c).encode(),
        "load",
        3,
        0,
        30000,
    )
    case("second-header.csv", lines(a, COMMA, b).encode(), "refuse", says="second header")
    case(
        "second-header-in-another-order.csv",
        lines(a, ";".join(reversed(COMMA.split(";"))), b).encode(),
        "refuse",
        says="second header",
    )
    case(
        "second-table.csv",
        lines(a, b, "", "Konto;Summa", "6010;5", "6020;7", "6030;8").encode(),
        "refuse",
        says="second table",
    )
    case(
        "duplicate-column.csv",
        lines(a + ";1", header=COMMA + ";Konto").encode(),
        "refuse",
        says="two columns",
    )
    case(
        "unknown-column.csv",
        lines(a + ";1", header=COMMA + ";valfritt").encode(),
        "refuse",
        says="no source profile fits",
    )
    case(
        "missing-column.csv",
        lines(a.replace(";Skola", ""), header=COMMA.replace(";förvaltning", "")).encode(),
        "refuse",
        says="förvaltning",
    )
    case(
        "misspelt-optional-column.csv",
        lines(point(1) + ";A1", header=POINT + ";avtall").encode(),
        "refuse",
        says="avtall",
    )
    # Amounts with a decimal comma are quoted in such a file; here the rows do not matter.
    case(
        "another-delimiter.csv",
        lines(a, b).replace(";", ",").encode(),
        "refuse",
        says="parted by ','",
    )
    case("one-column.csv", b"belopp\n100\n", "refuse")
    case("vendor-called-summa.csv", lines(a, comma(2, name="Summa")).encode(), "load", 2, 0, 20000)
    case("no-vendor.csv", lines(a, comma(2, name="")).encode(), "load", 2, 0, 20000)
    case("leading-zeros.csv", lines(comma(1, org="0056000123")).encode(), "load", 1, 0, 10000)
    case(
        "control-characters.csv",
        lines(comma(1, name="A\x0bB\x1fC\x7f")).encode(),
        "load",
        1,
        0,
        10000,
    )
    case(
        "line-separators-of-unicode.csv",
        lines(comma(1, name="A\u2028B\u0085C")).encode(),
        "load",
        1,
        0,
        10000,
    )
    case("web-page.csv", b"<html><body>500</body></html>", "refuse", says="web page")
    case("workbook-named-csv.csv", b"PK\x03\x04rest", "refuse", says="workbook")
    case("json-named-csv.csv", b'[{"a": 1}]', "refuse", says="JSON")


def untold() -> None:
    """Sums that no word tells, in a layout whose rows have no date that a sum would lack."""
    header = "forvaltning;leverantor;leverantor_id;faktura_nr;konto_nr;konto_text;belopp"
    rows = [f"Skola;Åkes Plåt AB;556000-1234;F{n};6010;Hyror;100,00" for n in (1, 2, 3)]
    for name, last, loaded, says in (
        ("sum-beside-nothing", ";;;;;;300,00", 3, "next to nothing"),
        ("sum-beside-nothing-wrong", ";;;;;;301,00", 3, "next to nothing"),
        ("sum-of-a-unit", "Skola;;;;;;300,00", 3, "next to nothing"),
        ("sum-in-another-word", "Hela kommunen;;;;;;300,00", 3, "next to nothing"),
        ("sum-of-a-unit-and-a-vendor", "Skola;Åkes Plåt AB;;;;;300,00", 3, "a total without"),
        ("posting-without-a-vendor", "Skola;;;F4;6010;Hyror;300,00", 4, ""),
        ("posting-without-an-account", "Skola;Åkes Plåt AB;;;;;299,00", 4, ""),
    ):
        amount = int(last.rsplit(";", 1)[1].replace(",", ""))
        out = 4 - loaded
        text = lines(*rows, last, header=header).encode()
        case(
            f"{name}-2016-03.csv", text, "reject rows" if out else "load", loaded, out,
            30000 + (0 if out else amount), amount if out else 0, says,
            (5, None) if out else None,
        )  # fmt: skip
    # Each unit's sum, told by a word in the vendor's place; then the file's own.
    parts = [
        part
        for unit, name in (("Skola", "Åkes Plåt AB"), ("Vård", "Rör AB"))
        for part in (
            *(f"{unit};{name};556000-1234;{unit}{n};6010;Hyror;20,00" for n in (1, 2)),
            f"{unit};Summa;;;;;40,00",
        )
    ]
    agrees = lines(*parts, ";Totalt;;;;;80,00", header=header).encode()
    case("sums-of-units-2016-03.csv", agrees, "reject rows", 4, 2, 8000, 8000, "a total without")
    for name, total in (("wrong", "81,00"), ("counted-too", "120,00")):
        text = lines(*parts, f";Totalt;;;;;{total}", header=header).encode()
        says = f"{total.replace(',', '.')}, but the rows make 80.00"
        case(f"sums-of-units-{name}-2016-03.csv", text, "refuse", says=says)
    text = lines(*rows[:2], "Skola;;;;;;100,00", "Summa;;;;;;300,00", header=header).encode()
    case("sum-of-bare-postings-2016-03.csv", text, "reject rows", 2, 1, 20000, 10000, "next to")


def totals() -> None:
    a, b = comma(1), comma(2, "50,50")
    case("total-that-agrees.csv", lines(a, b, "Summa;;;;;150,50;;;").encode(), "load", 2, 0, 15050)
    case("total-short-row.csv", lines(a, b, "Summa;150,50").encode(), "load", 2, 0, 15050)
    case(
        "total-in-capitals.csv", lines(a, b, ";;;;TOTALT:;150,50;;;").encode(), "load", 2, 0, 15050
    )
    case("total-wrong.csv", lines(a, b, "Summa;;;;;150,51;;;").encode(), "refuse", says="150.51")
    case(
        "total-wrong-tells-both.csv",
        lines(a, b, "Summa;;;;;999,00;;;").encode(),
        "refuse",
        says="150.50",
    )
    case(
        "total-beside-an-unreadable-row.csv",
        lines(a, comma(2, "x"), "Summa;;;;;150,50;;;").encode(),
        "reject rows",
        1,
        1,
        10000,
        says="cannot read",
    )
    case(
        "subtotals.csv",
        lines(
            a, "Delsumma;;;;;100,00;;;", b, "Delsumma;;;;;50,50;;;", "Summa;;;;;150,50;;;"
        ).encode(),
        "load",
        2,
        0,
        15050,
    )
    case(
        "total-counts-rejected-rows.csv",
        lines(a, comma(2, "50,50", day="2024-02-30"), "Summa;;;;;150,50;;;").encode(),
        "reject rows",
        1,
        1,
        10000,
        5050,
        "not a day",
    )


def book(
    sheets: dict[str, list[list[object]]],
    *,
    options: dict[str, object] | None = None,
    touch: object = None,
) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **(options or {})}) as workbook:
        workbook.set_properties({"created": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for name, table in sheets.items():
            sheet = workbook.add_worksheet(name)
            for r, row in enumerate(table):
                for c, cell in enumerate(row):
                    if isinstance(cell, datetime.date):
                        sheet.write_datetime(r, c, cell, day)
                    elif isinstance(cell, str):
                        sheet.write_string(r, c, cell)
                    elif cell is not None:
                        sheet.write(r, c, cell)
            if callable(touch):
                touch(workbook, sheet)
    return out.getvalue()


BORAS: list[object] = [
    "kopare_id",
    "kopare",
    "verifikationsnummer",
    "leverantor",
    "leverantor_id",
    "konto_nr",
    "konto_text",
    "belopp",
    "datum",
    "forvaltning",
]


def boras(
    n: int, amount: object = 100.0, day: object = datetime.date(2024, 3, 5), voucher: object = None
) -> list[object]:
    return [
        "2120",
        "Borås",
        voucher or f"V{n}",
        "Åkes Plåt AB",
        "556000-1234",
        6010,
        "Hyror",
        amount,
        day,
        "Skola",
    ]


def rezip(
    content: bytes,
    change: dict[str, bytes] | None = None,
    add: list[tuple[str, bytes]] | None = None,
) -> bytes:
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            new.writestr(
                zipfile.ZipInfo(part.filename, (2024, 1, 1, 0, 0, 0)),
                (change or {}).get(part.filename, old.read(part)),
                zipfile.ZIP_DEFLATED,
            )
        for name, data in add or []:
            new.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def sheet_xml(content: bytes) -> str:
    return zipfile.ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()


def workbooks() -> None:
    plain = book({"Blad1": [BORAS, boras(1), boras(2, 50.5)]})
    part = "xl/worksheets/sheet1.xml"
    case("plain.xlsx", plain, "load", 2, 0, 15050)
    case(
        "float-noise.xlsx",
        book({"Blad1": [BORAS, boras(1, 0.1 + 0.2), boras(2, 1234567.8900000001)]}),
        "load",
        2,
        0,
        30 + 123456789,
    )
    case(
        "float-of-three-decimals.xlsx",
        book({"Blad1": [BORAS, boras(1), boras(2, 1250.505)]}),
        "reject rows",
        1,
        1,
        10000,
        says="more than two decimals",
        at=(3, "belopp"),
    )
    case(
        "amount-as-text.xlsx",
        book({"Blad1": [BORAS, boras(1), boras(2, "1 234,50")]}),
        "load",
        2,
        0,
        10000 + 123450,
    )
    case(
        "header-on-row-4.xlsx",
        book({"Blad1": [["Uttag 2024"], [], [], BORAS, boras(1)]}),
        "load",
        1,
        0,
        10000,
    )
    case(
        "1904-dates.xlsx",
        book({"Blad1": [BORAS, boras(1), boras(2)]}, options={"date_1904": True}),
        "load",
        2,
        0,
        20000,
    )
    case(
        "date-as-number.xlsx",
        book({"Blad1": [BORAS, boras(1), boras(2, day=20240305), boras(3, day=45356)]}),
        "reject rows",
        2,
        1,
        20000,
        10000,
        "cannot read",
        (4, "datum"),
    )
    case(
        "hidden-rows.xlsx",
        book(
            {"Blad1": [BORAS, boras(1), boras(2)]},
            touch=lambda _, s: s.set_row(2, None, None, {"hidden": True}),
        ),
        "load",
        2,
        0,
        20000,
    )
    case(
        "other-sheet.xlsx",
        book({"Blad1": [BORAS, boras(1)], "Info": [["Utskrivet av", "NN"]]}),
        "load",
        1,
        0,
        10000,
    )
    case(
        "two-ledger-sheets.xlsx",
        book({"Jan": [BORAS, boras(1)], "Feb": [BORAS, boras(2)]}),
        "refuse",
        says="two sheets",
    )
    case(
        "id-beyond-2-53.xlsx",
        book({"Blad1": [BORAS, boras(1), boras(2, voucher=12345678901234567890)]}),
        "reject rows",
        1,
        1,
        10000,
        says="more digits",
        at=(3, "verifikationsnummer"),
    )
    case("id-as-number.xlsx", book({"Blad1": [BORAS, boras(1, voucher=1001)]}), "load", 1, 0, 10000)
    error = rezip(
        plain,
        {
            part: re.sub(
                r'<c r="H3"[^>]*><v>[^<]*</v></c>',
                '<c r="H3" t="e"><v>#N/A</v></c>',
                sheet_xml(plain),
            ).encode()
        },
    )
    case(
        "error-cell-in-the-amount.xlsx",
        error,
        "reject rows",
        1,
        1,
        10000,
        says="error of the spreadsheet",
        at=(3, "belopp"),
    )
    error = rezip(
        plain,
        {
            part: re.sub(
                r'<c r="D3"[^>]*><v>[^<]*</v></c>',
                '<c r="D3" t="e"><v>#REF!</v></c>',
                sheet_xml(plain),
            ).encode()
        },
    )
    case(
        "error-cell-in-the-vendor.xlsx",
        error,
        "reject rows",
        1,
        1,
        10000,
        says="error of the spreadsheet",
        at=(3, "leverantor"),
    )
    formula = rezip(
        plain,
        {
            part: re.sub(
                r'<c r="H3"[^>]*><v>[^<]*</v></c>',
                '<c r="H3"><f>SUM(1,2)</f></c>',
                sheet_xml(plain),
            ).encode()
        },
    )
    case(
        "formula-with-an-empty-value.xlsx",
        _swapped(plain, part, "<f>1+1</f><v></v>"),
        "reject rows",
        1,
        1,
        10000,
        says="never calculated",
        at=(3, "belopp"),
    )
    case(
        "formula-never-calculated.xlsx",
        formula,
        "reject rows",
        1,
        1,
        10000,
        says="never calculated",
        at=(3, "belopp"),
    )
    formula = rezip(
        plain,
        {
            part: re.sub(
                r'<c r="H3"[^>]*><v>[^<]*</v></c>',
                '<c r="H3"><f>50+0.5</f><v>50.5</v></c>',
                sheet_xml(plain),
            ).encode()
        },
    )
    case("formula-calculated.xlsx", formula, "load", 2, 0, 15050)
    case(
        "merged-vendor.xlsx",
        book(
            {"Blad1": [BORAS, boras(1), boras(2)]},
            touch=lambda w, s: s.merge_range("D2:D3", "Åkes Plåt AB", w.add_format()),
        ),
        "reject rows",
        1,
        1,
        10000,
        says="merged",
        at=(3, "leverantor"),
    )
    case(
        "merged-header.xlsx",
        book(
            {
                "Blad1": [
                    [*BORAS[:7], "belopp", None, "datum", "forvaltning"],
                    [*boras(1)[:7], 100.0, 25.0, *boras(1)[8:]],
                ]
            },
            touch=lambda w, s: s.merge_range("H1:I1", "belopp", w.add_format()),
        ),
        "refuse",
        says="merged over several columns",
    )
    case(
        "cell-beside-the-header.xlsx",
        book({"Blad1": [BORAS, boras(1), [*boras(2), "se bilaga"]]}),
        "reject rows",
        1,
        1,
        10000,
        says="beside the header",
        at=(3, None),
    )
    case(
        "total-row.xlsx",
        book({"Blad1": [BORAS, boras(1), boras(2), ["Summa", *[None] * 6, 200.0]]}),
        "load",
        2,
        0,
        20000,
    )
    rows = [boras(1, 100.25), boras(2, 210.5)]
    for name, total, verdict in (("", 310.75, "load"), ("-wrong", 310.74, "refuse")):
        whole = book({"Blad1": [BORAS, *rows, ["Summa", *[None] * 6, total]]})
        count = (2, 0, 31075) if verdict == "load" else ()
        case(
            f"total-row-with-ore{name}.xlsx", whole, verdict, *count, says="310.74" if name else ""
        )
    case(
        "total-row-wrong.xlsx",
        book({"Blad1": [BORAS, boras(1), boras(2), ["Summa", *[None] * 6, 201.0]]}),
        "refuse",
        says="201.00",
    )
    doubled = BytesIO(plain)
    with zipfile.ZipFile(doubled, "a") as zipped:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            zipped.writestr(zipfile.ZipInfo(part, (2024, 1, 1, 0, 0, 0)), sheet_xml(plain))
    case("doubled-zip-name.xlsx", doubled.getvalue(), "refuse", says="twice")
    case(
        "doctype.xlsx",
        rezip(
            plain,
            {
                part: sheet_xml(plain)
                .replace("<worksheet", '<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1)
                .encode()
            },
        ),
        "refuse",
        says="document type",
    )
    case(
        "doctype-in-utf-16.xlsx",
        rezip(
            plain,
            {part: ("\ufeff" + '<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>').encode("utf-16-le")},
        ),
        "refuse",
        says="document type",
    )
    case("macros.xlsx", rezip(plain, add=[("xl/vbaProject.bin", b"x")]), "refuse", says="macros")
    case(
        "outside-path.xlsx",
        rezip(plain, add=[("../evil.xml", b"x")]),
        "refuse",
        says="outside itself",
    )
    case(
        "zip-bomb.xlsx",
        rezip(plain, add=[("xl/media/x.bin", b"\0" * (30 << 20))]),
        "refuse",
        says="hundred times",
    )
    case("cut-off.xlsx", plain[: len(plain) // 2], "refuse", says="damaged or cut off")
    case("flipped-byte.xlsx", _flipped(plain), "refuse", says="damaged")
    case("text-named-xlsx.xlsx", lines(comma(1)).encode(), "refuse", says="no workbook")
    case(
        "zip-named-xlsx.xlsx",
        rezip(b"PK\x05\x06" + b"\0" * 18, add=[("a.txt", b"x")]),
        "refuse",
        says="no workbook",
    )
    case("empty.xlsx", b"", "refuse", says="empty")
    case(
        "no-header.xlsx",
        book({"Blad1": [["a", "b"], [1, 2]]}),
        "refuse",
        says="no source profile fits",
    )
    case("empty-sheet.xlsx", book({"Blad1": []}), "refuse", says="header")


def _swapped(content: bytes, part: str, body: str) -> bytes:
    cell = r'<c r="H3"[^>]*><v>[^<]*</v></c>'
    xml = re.sub(cell, f'<c r="H3">{body}</c>', sheet_xml(content))
    return rezip(content, {part: xml.encode()})


def _flipped(content: bytes) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
    at = part.header_offset + 30 + len(part.filename) + part.compress_size // 2
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


def vasteras(n: int, amount: object = "100,00") -> dict[str, object]:
    return {
        "\ufeffdatum": "2024-03-05",
        "konto_nr": "6010",
        "kopare_id": "2120",
        "kommun_id": "1980",
        "leverantor_id": "77",
        "belopp": amount,
        "konto_text": "Hyror",
        "leverantor": "Åkes Plåt AB",
        "verifikationsnummer": f"V{n}",
        "kopare": "Västerås",
    }


def slid() -> None:
    """Files in which a reader that trusts the container or the letters would lose something."""
    a, c = comma(1), comma(3)
    case(
        "org-number-in-the-accounts-place.csv",
        lines(a, "V2;Rör; 22 mm;5560001234;6010 Hyror;100,00;2024-03-05;Skola;F2", c).encode(),
        "reject rows",
        2,
        1,
        20000,
        10000,
        "no account code",
        (3, "konto"),
    )
    case(
        "header-with-signs-without-width.csv",
        lines(a, header=COMMA.replace("konto;", "konto\u200b;").replace("belopp", "\ufeffbelopp")).encode(),
        "load",
        1,
        0,
        10000,
    )  # fmt: skip
    twice = lines(*(point(n, name="Åkes Plåt") for n in (1, 2)), header=POINT)
    for _ in range(2):
        twice = twice.encode().decode("latin-1")
    case("all-letters-garbled-twice.csv", twice.encode(), "refuse", says="garbled")
    case(
        "renamed-column.csv",
        lines(point(1), header=POINT.replace("leverantor;", "firma;")).encode(),
        "refuse",
        says="`national-1.1`, it lacks leverantor and does not know firma",
    )
    renamed = ";".join(f"kolumn_{n}" if n < 9 else name for n, name in enumerate(WHOLE.split(";")))
    case(
        "most-columns-renamed.csv",
        (renamed + "\n").encode(),
        "refuse",
        says="profile, `national-1.1`",
    )
    for name, garbled, verdict in (
        ("one-name-garbled", ("MÃ¶ller AB", "Åkes Plåt"), "load"),
        ("all-names-garbled", ("MÃ¶ller AB", "Ã…kes"), "refuse"),
    ):
        table = [
            [*boras(n)[:1], "Boras", *boras(n)[2:3], who, *boras(n)[4:]]
            for n, who in enumerate(garbled, 1)
        ]
        count = (2, 0, 20000) if verdict == "load" else ()
        case(f"{name}.xlsx", book({"Blad1": [BORAS, *table]}), verdict, *count, says="garbled")
        objects = [
            {**vasteras(n), "kopare": "Vasteras", "leverantor": who}
            for n, who in enumerate(garbled, 1)
        ]
        text = json.dumps(objects, ensure_ascii=False).encode()
        case(f"{name}.json", text, verdict, *count, says="garbled")  # fmt: skip


def placed() -> None:
    """Sheets whose own file says more, or something else, than a reader of cells shows."""
    part, parts = "xl/worksheets/sheet1.xml", book({"Blad1": [BORAS, boras(1), boras(2)]})
    xml = sheet_xml(parts)

    def changed(old: str, new: str, others: dict[str, bytes] | None = None) -> bytes:
        found, count = re.subn(old, new, xml, count=1, flags=re.DOTALL)
        assert count == 1, old
        return rezip(parts, {part: found.encode(), **(others or {})})

    amount, row_3 = (
        r'<c r="H3"[^>]*><v>[^<]*</v></c>',
        r'(<row r="2".*?</row>)(<row r="3".*?</row>)',
    )
    for name, old, new in (
        ("cell-given-twice", f"({amount})", r'\1<c r="H3"><v>999</v></c>'),
        ("row-given-twice", '<row r="3"', '<row r="2"'),
        ("rows-out-of-order", row_3, r"\2\1"),
        ("cell-given-twice-in-lower-case", f"({amount})", r'\1<c r="h3"><v>999</v></c>'),
        ("cell-without-a-name", f"({amount})", r"<c><v>999</v></c>\1"),
    ):
        case(f"{name}.xlsx", changed(old, new), "refuse", says="given twice, or out of its order")
    for name, old, new in (
        ("comment-in-a-value", "<v>100</v>", "<v>1<!-- -->00</v>"),
        ("instruction-in-a-value", "<v>100</v>", "<v>1<?a b?>00</v>"),
        ("markup-in-a-value", "<v>100</v>", "<v>1<b>9</b>00</v>"),
        ("two-values-in-a-cell", "<v>100</v>", "<v>100</v><v>999</v>"),
        ("value-and-text-in-a-cell", "<v>100</v>", "<v>100</v><is><t>9</t></is>"),
        ("two-tables-in-a-sheet", "</sheetData>", "</sheetData><sheetData></sheetData>"),
    ):
        case(f"{name}.xlsx", changed(old, new), "refuse", says="more than one plain value")
    case("two-workbooks-in-one.xlsx", parts + parts, "refuse", says="before the workbook")
    far = '<row r="1048576"><c r="A1048576" s="1"/><c r="AMJ1048576" s="1"></c></row></sheetData>'
    case("empty-cells-far-away.xlsx", changed("</sheetData>", far), "load", 2, 0, 20000)
    for name, cell in (
        ("long", "H" + "M" * 60 + "3"),
        ("without-a-row", "A" + "7" * 30),
        ("below-its-row", "H999999"),
        ("low", "xfd1048576"),
        ("one-letter", "A1048576"),
    ):
        case(
            f"cell-far-away-{name}.xlsx",
            changed(
                "</sheetData>",
                f'<row r="1048576"><c r="{cell}"><v>1</v></c></row></sheetData>',
            )
            if name == "one-letter"
            else changed('r="H3"', f'r="{cell}"'),
            "refuse",
            says="far from the others",
        )
    calm = (
        zipfile.ZipFile(BytesIO(parts)).read("xl/workbook.xml").replace(b' fullCalcOnLoad="1"', b"")
    )
    zero = '<c r="H3"><f>H2-H2</f><v>0</v></c>'
    told = "never calculated"
    case(
        "formula-of-zero-to-be-calculated.xlsx",
        changed(amount, zero),
        "reject rows",
        1,
        1,
        10000,
        says=told,
        at=(3, "belopp"),
    )
    case(
        "formula-calculated-to-zero.xlsx",
        changed(amount, zero, {"xl/workbook.xml": calm}),
        "load",
        2,
        0,
        10000,
    )
    total = [*[None] * 6, 200.0]
    case(
        "total-row-never-calculated.xlsx",
        book(
            {"Blad1": [BORAS, boras(1), boras(2), ["Summa", *total]]},
            touch=lambda _, s: s.write_formula("H4", "=SUM(H2:H3)"),
        ),
        "reject rows",
        2,
        1,
        20000,
        says=told,
        at=(4, "belopp"),
    )
    case(
        "total-row-merged.xlsx",
        book(
            {"Blad1": [BORAS, boras(1), boras(2), ["Summa", *[None] * 6, 201.0]]},
            touch=lambda w, s: s.merge_range("A4:G4", "Summa", w.add_format()),
        ),
        "refuse",
        says="201.00",
    )
    blank = [[" "], [None, "\u00a0", " "]]
    case(
        "blank-rows.xlsx", book({"Blad1": [BORAS, boras(1), *blank, boras(2)]}), "load", 2, 0, 20000
    )
    case("workbook-named.xls", parts, "load", 2, 0, 20000)


def rowstores() -> None:
    def text(data: object) -> bytes:
        return json.dumps(data, ensure_ascii=False).encode()

    case("bare-list.json", text([vasteras(1), vasteras(2)]), "load", 2, 0, 20000)
    case(
        "results.json",
        text({"resultCount": 2, "results": [vasteras(1), vasteras(2)]}),
        "load",
        2,
        0,
        20000,
    )
    case(
        "results-twice.json",
        b'{"results": ' + text([vasteras(1)]) + b', "results": ' + text([vasteras(2)]) + b"}",
        "refuse",
        says="`results` stands twice",
    )
    half = json.dumps(
        [vasteras(1), {**vasteras(2), "leverantor": "A\ud800"}, {"B\ud800": 1}]
    ).encode()
    case("half-a-sign.json", half, "reject rows", 1, 2, 10000)
    case(
        "one-page.json",
        text({"resultCount": 376449, "results": [vasteras(1)]}),
        "refuse",
        says="1 of 376449",
    )
    case(
        "number-as-number.json",
        text([vasteras(1, 1250.5), vasteras(2, 7)]),
        "load",
        2,
        0,
        125050 + 700,
    )
    case(
        "number-in-exponent.json",
        text([vasteras(1)])
        .replace(b'"100,00"', b"1e3")
        .replace(b"}]", b"}, " + text(vasteras(2)) + b"]"),
        "reject rows",
        1,
        1,
        10000,
        says="exponent",
        at=(1, "datum" and "belopp"),
    )
    case(
        "nan.json",
        text([vasteras(1), vasteras(2, float("nan"))]),
        "reject rows",
        1,
        1,
        10000,
        says="no amount",
    )
    case(
        "doubled-key.json",
        text([vasteras(1), vasteras(2)]).replace(b'"V2"', b'"V2", "belopp": "7,00"'),
        "reject rows",
        1,
        1,
        10000,
        says="stands twice",
        at=(2, None),
    )
    case(
        "other-keys.json",
        text([vasteras(1), {**vasteras(2), "extra": 1}]),
        "reject rows",
        1,
        1,
        10000,
        says="keys differ",
        at=(2, None),
    )
    case(
        "nested.json",
        text([vasteras(1), vasteras(2, ["100,00"])]),
        "reject rows",
        1,
        1,
        10000,
        says="list or an object",
        at=(2, None),
    )
    case("cut-off.json", text([vasteras(1), vasteras(2)])[:-20], "refuse", says="not whole JSON")
    case("deep.json", b"[" * 100_000 + b"]" * 100_000, "refuse")
    case("no-rows.json", b"[]", "refuse", says="no list of rows")
    case("empty-object.json", b"{}", "refuse", says="no list of rows")


if __name__ == "__main__":
    shutil.rmtree(FILES, ignore_errors=True)
    FILES.mkdir()
    amounts()
    dates()
    encodings()
    rows()
    totals()
    untold()
    workbooks()
    slid()
    placed()
    rowstores()
    text = (
        "{\n"
        + ",\n".join(
            f" {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}"
            for k, v in sorted(CASES.items())
        )
        + "\n}\n"
    )
    (HERE / "expected.json").write_text(text, "utf-8")
    print(len(CASES), "files")
