"""An invoice is read when its sums add up, and enriches or makes the ledger."""

from __future__ import annotations

import re
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hash_twins import hash_twins
from shared_data import ROOT

from compliance.errors import InputError
from compliance.forget import forgettable
from compliance.invoices import read_invoices
from compliance.ledger import read_ledgers
from compliance.readers.ubl import UblInvoice, read_invoice
from compliance.workspace import Workspace

CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"


def xml(kind: str = "Invoice", prolog: str = '<?xml version="1.0" encoding="UTF-8"?>', **change: str) -> str:  # fmt: skip
    text = f"""{prolog}
<{kind} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{kind}-2" xmlns:cac="{CAC}" xmlns:cbc="{CBC}">
<cbc:ID>4711</cbc:ID><cbc:IssueDate>2024-03-05</cbc:IssueDate>
<cbc:DocumentCurrencyCode>SEK</cbc:DocumentCurrencyCode><cbc:BuyerReference>Skola</cbc:BuyerReference>
<cac:OrderReference><cbc:ID>B1</cbc:ID></cac:OrderReference>
<cac:ContractDocumentReference><cbc:ID>A-7</cbc:ID></cac:ContractDocumentReference>
<cac:AccountingSupplierParty><cac:Party>
<cac:PostalAddress><cac:Country><cbc:IdentificationCode>SE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
<cac:PartyLegalEntity><cbc:RegistrationName>Åkes Plåt AB</cbc:RegistrationName><cbc:CompanyID>5560360793</cbc:CompanyID></cac:PartyLegalEntity>
</cac:Party></cac:AccountingSupplierParty>
<cac:Delivery><cbc:ActualDeliveryDate>2024-03-01</cbc:ActualDeliveryDate></cac:Delivery>
<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:Amount currencyID="SEK">10.00</cbc:Amount></cac:AllowanceCharge>
<cac:TaxTotal><cbc:TaxAmount currencyID="SEK">25.00</cbc:TaxAmount></cac:TaxTotal>
<cac:LegalMonetaryTotal>
<cbc:LineExtensionAmount currencyID="SEK">110.00</cbc:LineExtensionAmount>
<cbc:TaxExclusiveAmount currencyID="SEK">100.00</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="SEK">125.00</cbc:TaxInclusiveAmount>
<cbc:AllowanceTotalAmount currencyID="SEK">10.00</cbc:AllowanceTotalAmount>
<cbc:PayableAmount currencyID="SEK">125.00</cbc:PayableAmount>
</cac:LegalMonetaryTotal>
<cac:{kind}Line><cbc:ID>1</cbc:ID><cbc:LineExtensionAmount currencyID="SEK">60.00</cbc:LineExtensionAmount><cbc:AccountingCost>6010</cbc:AccountingCost><cac:Item><cbc:Name>Plåt</cbc:Name></cac:Item></cac:{kind}Line>
<cac:{kind}Line><cbc:ID>2</cbc:ID><cbc:LineExtensionAmount currencyID="SEK">50.00</cbc:LineExtensionAmount><cac:Item><cbc:Name>Skruv</cbc:Name></cac:Item></cac:{kind}Line>
</{kind}>"""
    for old, new in change.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def read(tmp_path: Path, content: str | bytes) -> UblInvoice:
    path = tmp_path / "a.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_invoice(path, "a.xml")


def test_an_invoice_tells_its_references_and_its_sum_without_vat(tmp_path):
    invoice = read(tmp_path, xml())
    assert (invoice.number, invoice.issued, invoice.delivered) == ("4711", date(2024, 3, 5), date(2024, 3, 1))  # fmt: skip
    assert (invoice.contract_ref, invoice.order_ref, invoice.buyer_ref) == ("A-7", "B1", "Skola")
    assert (invoice.supplier_name, invoice.supplier_org_number) == ("Åkes Plåt AB", "5560360793")
    assert invoice.amount == Decimal("100.00") == sum(line.amount for line in invoice.lines)


def test_a_credit_note_counts_against(tmp_path):
    assert read(tmp_path, xml("CreditNote")).amount == Decimal("-100.00")


def test_a_declared_encoding_is_followed(tmp_path):
    prolog = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    assert read(tmp_path, xml(prolog=prolog).encode("latin-1")).supplier_name == "Åkes Plåt AB"


def test_a_failing_check_digit_is_a_warning(tmp_path):
    invoice = read(tmp_path, xml().replace("5560360793", "5560360794"))
    assert "SE-R-013" in invoice.notes[0]


def test_a_credit_note_of_negative_amounts_is_noted(tmp_path):
    negative = re.sub('"SEK">([0-9])', r'"SEK">-\1', xml("CreditNote"))
    invoice = read(tmp_path, negative)
    assert invoice.amount == Decimal("100.00")
    assert invoice.notes == ("a credit note of negative amounts: it counts as a purchase",)
    assert read(tmp_path, xml("CreditNote")).notes == ()


def test_a_credit_note_written_as_an_invoice_is_noted(tmp_path):
    typed = "<cbc:InvoiceTypeCode>{}</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>"
    invoice = read(tmp_path, xml(**{"<cbc:DocumentCurrencyCode>": typed.format("381")}))
    assert invoice.amount == Decimal("100.00")
    assert invoice.notes == ("a credit note written as an invoice: it counts as a purchase",)
    assert read(tmp_path, xml(**{"<cbc:DocumentCurrencyCode>": typed.format("380")})).notes == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (">60.00<", ">60.01<", "BR-CO-10"),
        (">10.00</cbc:AllowanceTotal", ">9.00</cbc:AllowanceTotal", "BR-CO-11"),
        (">100.00<", ">100.01<", "BR-CO-13"),
        (">125.00</cbc:TaxInclusive", ">124.00</cbc:TaxInclusive", "BR-CO-15"),
        (">125.00</cbc:Payable", ">120.00</cbc:Payable", "BR-CO-16"),
        (">60.00<", ">60,00<", "no amount"),
        (">60.00<", ">60.005<", "no amount"),
        (">60.00<", ">6e1<", "no amount"),
        (">60.00<", "><", "no amount"),
        ('currencyID="SEK">60.00', 'currencyID="EUR">60.00', "another currency"),
        ("5560360793", "556036-0793", "SE-R-003"),
        ("5560360793", "556036079", "SE-R-004"),
        ("2024-03-05", "2024-02-30", "no day"),
        ("2024-03-05", "24-03-05", "no day"),
        ("<cbc:ID>4711</cbc:ID>", "", "lacks its number"),
        ("<cbc:DocumentCurrencyCode>SEK</cbc:DocumentCurrencyCode>", "", "no currency"),
        ("?>", '?><!DOCTYPE x [<!ENTITY a "b">]>', "document type"),
        ("?>", '?><!DOCTYPE x SYSTEM "http://127.0.0.1/x">', "document type"),
        ("</Invoice>", "", "not whole XML"),
        ("Invoice-2", "Order-2", "neither an invoice"),
        ('encoding="UTF-8"', 'encoding="klingon"', ""),
        ("4711</cbc:ID>", "4711</cbc:ID><cbc:ID>4712</cbc:ID>", "ID stands twice"),
        (
            "<cbc:IssueDate>",
            "<cbc:IssueDate>2023-01-01</cbc:IssueDate><cbc:IssueDate>",
            "IssueDate stands twice",
        ),
        (
            "<cac:AccountingSupplierParty>",
            "<cac:AccountingSupplierParty/><cac:AccountingSupplierParty>",
            "AccountingSupplierParty stands twice",
        ),
        (">125.00</cbc:Pay", ">1<b/>25.00</cbc:Pay", "is no amount"),
    ],
)
def test_an_invoice_that_does_not_hold_together_is_refused(tmp_path, old, new, says):
    text = xml()
    assert old in text
    with pytest.raises(InputError) as caught:
        read(tmp_path, text.replace(old, new, 1))
    assert says in f"{caught.value.what} {caught.value.why}"


def test_a_document_in_its_envelope_is_to_be_unpacked(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(
        '<StandardBusinessDocument xmlns="http://www.unece.org/cefact/namespaces/'
        'StandardBusinessDocumentHeader"><Invoice/></StandardBusinessDocument>'
    )
    with pytest.raises(InputError, match="in its Peppol envelope") as caught:
        read_invoice(path, "a.xml")
    assert "unpack it" in caught.value.fix
    assert "vendor" not in caught.value.fix


def test_a_deep_document_is_refused_at_once(tmp_path):
    with pytest.raises(InputError, match="beyond reason"):
        read(tmp_path, "<a>" * 200_000 + "</a>" * 200_000)


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "sources").symlink_to(ROOT / "rules" / "sources")
    (tmp_path / "ledger" / "peppol").mkdir(parents=True)
    (tmp_path / "compliance.toml").write_text('[organisation]\nname = "Prov"\n')
    return Workspace.open(tmp_path)


def test_invoices_enrich_by_number_and_are_read_once(workspace, monkeypatch):
    folder = workspace.ledger / "peppol"
    (folder / "a.xml").write_text(xml())
    (folder / "b.xml").write_text(xml().replace("4711", "4712").replace("SEK", "EUR"))
    first = read_invoices(workspace)
    assert first.select("invoice_no", "amount_sek").rows() == [("4711", Decimal("100.00")), ("4712", None)]  # fmt: skip

    monkeypatch.setattr("compliance.confined.Confined.call", None)
    assert read_invoices(workspace).equals(first)


def test_an_org_number_with_hyphen_is_the_ledgers_without(workspace):
    without_country = xml().replace(">SE<", "><").replace("5560360793", "556036-0793")
    (workspace.ledger / "peppol" / "a.xml").write_text(without_country)
    assert read_invoices(workspace)["supplier_org_number"].to_list() == ["5560360793"]


def test_the_same_invoice_twice_is_refused_with_both_names(workspace):
    folder = workspace.ledger / "peppol"
    (folder / "a.xml").write_text(xml())
    (folder / "b.xml").write_text(xml() + "\n")
    with pytest.raises(InputError, match=r"delivered as ledger/peppol/a\.xml") as caught:
        read_invoices(workspace)
    assert caught.value.at.file == "ledger/peppol/b.xml"


def test_invoices_alone_are_a_ledger_a_posting_a_line(workspace):
    (workspace.ledger / "peppol" / "a.xml").write_text(xml())
    (file,) = read_ledgers(workspace)
    assert (file.source, file.rows_loaded, file.loaded_sek) == ("peppol", 3, Decimal("100.00"))
    rows = pl.read_parquet(file.postings).select("vendor_name", "account_code", "amount_sek", "contract_ref").rows()  # fmt: skip
    assert rows == [
        ("Åkes Plåt AB", "6010", Decimal("60.00"), "A-7"),
        ("Åkes Plåt AB", None, Decimal("50.00"), "A-7"),
        ("Åkes Plåt AB", None, Decimal("-10.00"), "A-7"),
    ]


@pytest.mark.parametrize("name", ["Peppol", "PEPPOL"])
def test_the_folder_of_invoices_is_found_whatever_its_case(workspace, name):
    folder = (workspace.ledger / "peppol").rename(workspace.ledger / name)
    (folder / "a.XML").write_text(xml())
    assert read_invoices(workspace)["path"].to_list() == [f"ledger/{name}/a.XML"]
    (file,) = read_ledgers(workspace)
    assert (file.source, file.path) == ("peppol", f"ledger/{name}/a.XML")
    assert forgettable(workspace, date(2999, 1, 1)).delivered == (folder / "a.XML",)


def test_a_workspace_below_a_folder_called_peppol_has_no_invoices_for_that(tmp_path, workspace):
    below = tmp_path / "peppol" / "kommun"
    shutil.copytree(workspace.root, below, symlinks=True, ignore=lambda *_: ["peppol"])
    (below / "ledger" / "a.xml").write_text(xml())
    with pytest.raises(InputError, match=r"a \.xml file is no ledger format"):
        read_ledgers(Workspace.open(below))


def test_invoices_have_line_ids_of_their_own_also_when_their_hashes_begin_alike(workspace):
    for name, content in zip(
        "ab", hash_twins(lambda n: xml().replace("4711", str(n))), strict=True
    ):
        (workspace.ledger / "peppol" / f"{name}.xml").write_text(content)
    files = read_ledgers(workspace)
    lines = pl.concat([pl.read_parquet(file.postings) for file in files])["line_id"]
    assert (len(files), lines.n_unique(), lines.min() > 0) == (2, 6, True)
