"""Makes the workbooks of this folder: `python tests/sources/make_workbooks.py`."""

from __future__ import annotations

import datetime
from pathlib import Path

import xlsxwriter

HERE = Path(__file__).parent
DAY = datetime.date(2024, 3, 5)
TABLES: dict[str, list[list[object]]] = {
    "boras/2024.xlsx": [
        ["kopare_id", "kopare", "verifikationsnummer", "leverantor", "leverantor_id", "konto_nr",
         "konto_text", "belopp", "datum", "forvaltning"],
        ["212000-1561", "Borås Stad", "V1", "Åkes Plåt AB", "556000-1234", 6010, "Lokalhyror", 1250.5, DAY, "Skola"],
        ["212000-1561", "Borås Stad", "V2", "*", None, 6010, "Lokalhyror", -50, DAY, "Skola"],
        ["212000-1561", "Borås Stad", "V3", "[Kan innehålla personuppgifter]", 0, 6010, "Lokalhyror", -4000, "2024-12-01 00:00:00", "Skola"],
    ],
    "national-1.1-xlsx/2024-03.xlsx": [
        ["kopare_id", "kopare", "verifikationsnummer", "leverantor", "leverantor_id", "konto_nr", "konto_text",
         "bokforingsdatum", "forvaltning", "fakturanummer", "nettobelopp", "grund", "avtal", "kommun_id", "s_kod_nr"],
        ["232100-0131", "Västra Götalandsregionen", "V1", "Åkes Plåt AB", "556000-1234", 6010, "Lokalhyror", DAY, "Sjukhuset", 4711, 1250.5, "ramavtal", "RA-7", 1480, None],
        ["232100-0131", "Västra Götalandsregionen", "V2", None, None, 6010, "Lokalhyror", DAY, "Sjukhuset", "-", -50, None, None, 1480, None],
    ],
    "huddinge/2024.xlsx": [
        ["T", "Period(YYYYMM)", "Organisationsnr.", "Lev.nr", "Lev.nr(T)", "VT", "Ver.nr", "Ansvar",
         "Ansvar(T)", "Projekt", "Verks", "Aktiv", "Motpart", "Objekt", "Ver.datum", "Konto", "Konto(T)", "Belopp"],
        ["B", 202403, "556000-1234", 77, "Åkes Plåt AB", "LF", 900123, 4100, "Gatukontoret", None, 250, None, "86", None, DAY, 6010, "Lokalhyror", 1250.5],
        ["B", 202403, None, 78, "Privatperson", "LF", 900124, 4100, "Gatukontoret", None, 250, None, "80", None, DAY, 6010, "Lokalhyror", -50],
    ],
    "orebro-xlsx/2016.xlsx": [
        ["datum", "forvaltning", "leverantor", "leverantor_id", "faktura_nr", "konto_nr", "belopp"],
        [DAY, "Skola", "ÅKES PLÅT AB                  ", "556000-1234", 4711, "60150 Lokalhyror parkering", 1250.5],
        [DAY, "Skola", "SAKNAS", None, 4712, "60150 Lokalhyror parkering", -50],
    ],
    "goteborg-2016-xlsx/2016-03.xlsx": [
        ["forvaltning", "leverantor", "leverantor_id", "faktura_nr", "konto_nr", "konto_text", "belopp"],
        ["Skola", "Åkes Plåt AB", "556000-1234", 4711, 6010, "Lokalhyror", 1250.5],
        ["Skola", None, None, 4712, 6010, "Lokalhyror", -50],
    ],
    "proceedo-xlsx/rapport.xlsx": [
        ["Fakturanummer", "Leverantör", "Leverantörs-Id", "Belopp exkl. moms", "Valuta", "Huvudstatus", "Leveransdatum", "Verifikationsnummer", "Moms"],
        ["4711", "Åkes Plåt AB", "77", 1250.5, "SEK", "OK", DAY, "V1", 312.62],
        ["4712", "Åkes Plåt AB", "77", 10, "EUR", "OK", DAY, "V2", 2.5],
        ["4713", "Åkes Plåt AB", "77", -50, "SEK", "OK", DAY, "V3", -12.5],
    ],
}  # fmt: skip

if __name__ == "__main__":
    for name, table in TABLES.items():
        (HERE / name).parent.mkdir(exist_ok=True)
        with xlsxwriter.Workbook(HERE / name) as workbook:
            workbook.set_properties({"created": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)})
            day = workbook.add_format({"num_format": "yyyy-mm-dd"})
            sheet = workbook.add_worksheet("Blad1")
            for r, row in enumerate(table):
                for c, cell in enumerate(row):
                    if isinstance(cell, datetime.date):
                        sheet.write_datetime(r, c, cell, day)
                    elif cell is not None:
                        sheet.write(r, c, cell)
