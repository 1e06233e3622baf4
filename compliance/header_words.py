"""By which words does a ledger's header speak of a posting's field? For drafts, never to read by.

No list is whole: every house names its own columns. These are the words of the published layouts
and their like in the reports of Unit4, Raindance, Visma, Proceedo and Hypergene (the last five not
seen as files), in Swedish and English. Knows no file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from compliance.folding import fold

# A word is compared by its letters and digits: `Org.nr`, `ORG NR` and `org_nr` are `orgnr`. The
# surest come first. `(T)` is the text that stands beside a code in reports of code parts.
_WORDS: dict[str, tuple[str, ...]] = {
    "booking_date": (
        "bokföringsdatum", "bokföringsdat", "bokföringsdag", "bokfdatum", "bokfdat", "bokdatum",
        "bokdat", "bokningsdatum", "bokförd", "verifikationsdatum", "verdatum", "verdat",
        "transaktionsdatum", "transdatum", "konteringsdatum", "postingdate", "bookingdate",
        "accountingdate", "datum", "date", "period",
    ),
    "invoice_date": (
        "fakturadatum", "fakturadat", "fakturadag", "faktdatum", "faktdat", "invoicedate",
    ),
    "delivery_date": ("leveransdatum", "leveransdag", "deliverydate"),
    "order_date": ("orderdatum", "beställningsdatum", "bestdatum", "orderdate"),
    "vendor_name": (
        "leverantörsnamn", "leverantörnamn", "levnamn", "leverantör(T)", "lev(T)", "lev.nr(T)",
        "leverantörsnr(T)", "resk.nr(T)", "leverantörbenämning", "leverantörstext", "vendorname",
        "suppliername", "leverantör", "vendor", "supplier", "betalningsmottagare", "lev",
    ),
    "vendor_number": (
        "leverantörsnummer", "leverantörnummer", "leverantörsnr", "leverantörnr", "levnummer",
        "levnr", "leverantörsid", "levid", "leverantörskod", "levkod", "reskontranr", "resknr",
        "vendornumber", "vendorno", "vendorid", "suppliernumber", "supplierno", "supplierid",
        "leverantörid", "leverantör", "lev",
    ),
    "org_number": (
        "organisationsnummer", "organisationsnr", "orgnummer", "orgnr", "organisationsnr/personnr",
        "orgnr/persnr", "orgno", "leverantörsorgnr", "leverantörorgnr", "levorgnr",
        "organisationnumber", "organizationnumber", "registrationnumber", "companynumber",
        "leverantörid", "organisatio",
    ),
    "account_code": (
        "kontonr", "kontonummer", "kontokod", "konto", "baskonto", "accountcode", "accountno",
        "accountnumber", "account",
    ),
    "account_name": (
        "kontotext", "kontonamn", "konto(T)", "kontobenämning", "kontobeskrivning", "kontonr(T)",
        "accountname", "accounttext", "accountdescription",
    ),
    "voucher_no": (
        "verifikationsnummer", "verifikationsnr", "verifnr", "vernummer", "vernr", "verifikation",
        "verifikat", "voucherno", "vouchernumber", "voucher", "transaktionsnr", "transnr", "ver",
        "löpnummer", "löpnr",
    ),
    "invoice_no": (
        "fakturanummer", "fakturanr", "faktnummer", "faktnr", "leverantörsfakturanr",
        "levfakturanr", "levfaktnr", "fakturaid", "invoicenumber", "invoiceno", "invoiceid",
    ),
    "unit": (
        "förvaltning", "förvaltning(T)", "förvaltningsnamn", "förv", "förv(T)", "nämnd", "enhet",
        "enhet(T)", "enhetsnamn", "ansvar(T)", "ansvarsnamn", "ansvarstext", "avdelning",
        "kostnadsställe(T)", "kostnadsställenamn", "rn1", "rn1/förvaltning", "department", "unit",
        "ansvar", "kostnadsställe", "kst", "costcenter",
    ),
    "counterparty_code": ("motpart", "motpartskod", "motp"),
    "buyer_id": ("köpareid", "köpare"),
    "buyer_name": ("köpare", "köparnamn"),
    "contract_ref": (
        "avtalsnummer", "avtalsnr", "avtalnr", "avtalsid", "avtalid", "avtalsreferens", "avtal",
        "ramavtalsnr", "ramavtal", "kontraktsnr", "kontrakt", "contractnumber", "contractno",
        "contractid", "contract",
    ),
    "order_ref": (
        "ordernummer", "ordernr", "inköpsordernr", "inköpsorder", "beställningsnummer",
        "beställningsnr", "bestnr", "rekvisitionsnr", "orderid", "orderno", "ordernumber",
        "purchaseorder", "ponumber", "pono",
    ),
    "ground": ("grund",),
    "text": ("fritext", "beskrivning", "verifikationstext", "vertext", "radtext", "text"),
    "amount_sek": (
        "nettobelopp", "beloppexklmoms", "beloppexmoms", "beloppexkl", "beloppsek", "beloppisek",
        "beloppkr", "beloppikr", "netto", "nettosek", "belopp", "bokförtbelopp", "bokfbelopp",
        "konteratbelopp", "radbelopp", "utfall", "netamount", "amountsek", "amount", "summa",
    ),
}  # fmt: skip
# Where no header is a word, one may begin with it: `RN1/FÖRVALTNING`, `Belopp netto`. What a
# posting can do without is not guessed so: `Avtalstyp` is no contract.
_BEGINNINGS = (
    "amount_sek", "booking_date", "vendor_name", "org_number", "account_code", "account_name",
    "voucher_no", "invoice_no", "unit",
)  # fmt: skip
_SHORTEST_BEGINNING = 4  # `ver` would take `Verksamhet`
_OTHER_MONEY = re.compile("valut|inkl|forskott")  # an amount of another kind
_BESIDE = re.compile("typ|grupp|kategori|status|serie|adress|pris|land$|ort$|saldo")
_DAY = re.compile("(?:datum|dat|date|dag)$")
_CURRENCY = frozenset(
    ("valuta", "valutakod", "valutaslag", "val", "valkod", "currency", "currencycode", "ccy")
)
_CONFIDENTIAL = re.compile("(?:ar|is)?(?:sekretess|konfidentiell|confidential|skyddad)")
_CODE = re.compile("[A-Za-z]{2,3}")  # `Val` may be something else that is chosen
_TEN_DIGITS = re.compile("[0-9]{6}[-–]?[0-9]{4}")
_DATES = frozenset(("booking_date", "invoice_date", "delivery_date", "order_date"))


def _has_numbers(cells: Sequence[str]) -> bool:
    return not cells or any(_TEN_DIGITS.search(cell) for cell in cells)


def _has_names(cells: Sequence[str]) -> bool:
    return not cells or any(re.search(r"[^\W\d_]{2}", cell) for cell in cells)


def _has_codes(cells: Sequence[str]) -> bool:
    return bool(cells) and all(re.search("[0-9]", cell) for cell in cells)


def _has_months(cells: Sequence[str]) -> bool:
    return bool(cells) and all(re.fullmatch("20[0-9]{2}-?(?:0[1-9]|1[0-2])", c) for c in cells)


# Words that one system uses of the name, another of its own number, a third of the org number:
# there the cells decide.
_CELLS: Mapping[tuple[str, str], Callable[[Sequence[str]], bool]] = MappingProxyType(
    {
        ("booking_date", "period"): _has_months,
        ("org_number", "leverantorid"): _has_numbers,
        ("buyer_id", "kopare"): _has_codes,
        ("vendor_number", "leverantor"): _has_codes,
        ("vendor_number", "lev"): _has_codes,
        ("buyer_name", "kopare"): _has_names,
        ("vendor_name", "leverantor"): _has_names,
        ("vendor_name", "lev"): _has_names,
        ("vendor_name", "vendor"): _has_names,
        ("vendor_name", "supplier"): _has_names,
    }
)


def letters(header: str) -> str:
    """Return the letters and digits of a header, folded: `Bokf. datum` → `bokfdatum`."""
    return "".join(letter for letter in fold(header) if letter.isalnum())


def fields_of(headers: Sequence[str], cells: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return field → header, each header once: whole words, the surest first; then beginnings.

    `cells` are some of each column's cells, as far as they are known.
    """
    keys = {header: letters(header) for header in headers}
    found: dict[str, str] = {}
    for is_whole in (True, False):
        for rank in range(max(map(len, _WORDS.values()))):
            for field, words in _WORDS.items():
                if field in found or rank >= len(words):
                    continue
                if not is_whole and field not in _BEGINNINGS:
                    continue
                word = letters(words[rank])
                for header, key in keys.items():
                    if header in found.values() or not _speaks(field, word, key, is_whole=is_whole):
                        continue
                    if _CELLS.get((field, word), _any)(cells.get(header, ())):
                        found[field] = header
                        break
    return {field: found[field] for field in _WORDS if field in found}


def currency_of(headers: Sequence[str], cells: Mapping[str, Sequence[str]]) -> str | None:
    """Return the header of the currency that the amount is in, if one says it.

    Where an amount in the currency stands beside, the other amount is in kronor in every row.
    """
    if any(_is_currency_amount(letters(header)) for header in headers):
        return None
    for header in headers:
        codes = cells.get(header, ())
        if letters(header) in _CURRENCY and all(_CODE.fullmatch(code) for code in codes):
            return header
    return None


def confidential_of(names: Sequence[str]) -> str | None:
    """Return the header of the column that marks confidential rows, if one reads so."""
    return next((name for name in names if _CONFIDENTIAL.match(letters(name))), None)


def looks_like_org_numbers(cells: Sequence[str]) -> bool:
    """Whether most cells hold ten digits as an org number has them."""
    return sum(bool(_TEN_DIGITS.search(cell)) for cell in cells) * 2 > len(cells)


def _speaks(field: str, word: str, key: str, *, is_whole: bool) -> bool:
    if is_whole:
        return key == word
    if len(word) < _SHORTEST_BEGINNING or not key.startswith(word):
        return False
    if field == "amount_sek" and _OTHER_MONEY.search(key):
        return False
    if _BESIDE.search(key):
        return False
    return field in _DATES or not _DAY.search(key)


def _is_currency_amount(key: str) -> bool:
    return "belopp" in key and bool(re.search("valut|^valbelopp|orginal|original", key))


def _any(_: Sequence[str]) -> bool:
    return True
