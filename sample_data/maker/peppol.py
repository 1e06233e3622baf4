"""A handful of e-invoices (Peppol BIS Billing 3) that say more than the ledger does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

from maker.ledgers import Row
from maker.reading import entitled
from maker.town import NAME, ORG_NUMBER

_INVOICE = """\
<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
         xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
         xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0</cbc:CustomizationID>
  <cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>
  <cbc:ID>{invoice}</cbc:ID>
  <cbc:IssueDate>{day}</cbc:IssueDate>
  <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
  <cbc:DocumentCurrencyCode>SEK</cbc:DocumentCurrencyCode>
  <cbc:BuyerReference>{unit}</cbc:BuyerReference>
  <cac:OrderReference>
    <cbc:ID>{order}</cbc:ID>
  </cac:OrderReference>
  <cac:ContractDocumentReference>
    <cbc:ID>{contract}</cbc:ID>
  </cac:ContractDocumentReference>
  <cac:AccountingSupplierParty>
    <cac:Party>
      <cbc:EndpointID schemeID="0007">{seller_number}</cbc:EndpointID>
      <cac:PostalAddress><cac:Country><cbc:IdentificationCode>SE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
      <cac:PartyTaxScheme>
        <cbc:CompanyID>SE{seller_number}01</cbc:CompanyID>
        <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
      </cac:PartyTaxScheme>
      <cac:PartyLegalEntity>
        <cbc:RegistrationName>{seller}</cbc:RegistrationName>
        <cbc:CompanyID schemeID="0007">{seller_number}</cbc:CompanyID>
      </cac:PartyLegalEntity>
    </cac:Party>
  </cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty>
    <cac:Party>
      <cbc:EndpointID schemeID="0007">{buyer_number}</cbc:EndpointID>
      <cac:PostalAddress><cac:Country><cbc:IdentificationCode>SE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
      <cac:PartyLegalEntity><cbc:RegistrationName>{buyer}</cbc:RegistrationName></cac:PartyLegalEntity>
    </cac:Party>
  </cac:AccountingCustomerParty>
  <cac:Delivery>
    <cbc:ActualDeliveryDate>{delivered}</cbc:ActualDeliveryDate>
  </cac:Delivery>
  <cac:TaxTotal>
    <cbc:TaxAmount currencyID="SEK">{vat}</cbc:TaxAmount>
    <cac:TaxSubtotal>
      <cbc:TaxableAmount currencyID="SEK">{net}</cbc:TaxableAmount>
      <cbc:TaxAmount currencyID="SEK">{vat}</cbc:TaxAmount>
      <cac:TaxCategory>
        <cbc:ID>S</cbc:ID><cbc:Percent>25</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
      </cac:TaxCategory>
    </cac:TaxSubtotal>
  </cac:TaxTotal>
  <cac:LegalMonetaryTotal>
    <cbc:LineExtensionAmount currencyID="SEK">{net}</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount currencyID="SEK">{net}</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount currencyID="SEK">{gross}</cbc:TaxInclusiveAmount>
    <cbc:PayableAmount currencyID="SEK">{gross}</cbc:PayableAmount>
  </cac:LegalMonetaryTotal>
  <cac:InvoiceLine>
    <cbc:ID>1</cbc:ID>
    <cbc:InvoicedQuantity unitCode="C62">1</cbc:InvoicedQuantity>
    <cbc:LineExtensionAmount currencyID="SEK">{net}</cbc:LineExtensionAmount>
    <cac:Item>
      <cbc:Name>{what}</cbc:Name>
      <cac:ClassifiedTaxCategory>
        <cbc:ID>S</cbc:ID><cbc:Percent>25</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
      </cac:ClassifiedTaxCategory>
    </cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="SEK">{net}</cbc:PriceAmount></cac:Price>
  </cac:InvoiceLine>
</Invoice>
"""


@dataclass(frozen=True)
class Order:
    order_id: str
    day: date
    row: Row
    contract_id: str


def choose(rows: Sequence[Row], random: Random, count: int = 12) -> list[Order]:
    """Pick one-posting invoices of the last months, order them, and name their contract.

    The posting then counts on the order's day and under that contract, in the truth as well.
    """
    invoices: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (row.posting.company.key, row.posting.invoice)
        invoices[key] = invoices.get(key, 0) + 1
    picks = [
        row
        for row in rows
        if row.posting.day >= date(2026, 8, 1)
        and row.posting.named is not None
        and not row.posting.broken
        and not row.posting.contract_ref
        and row.posting.amount > 1_000_000
        and row.spelling.number.replace("-", "") == row.posting.company.org_number
        and invoices[row.posting.company.key, row.posting.invoice] == 1
        and entitled(row.posting.named, row.posting)
        and row.posting.named.kind != "direktupphandling"
    ]
    found = []
    for number, row in enumerate(random.sample(picks, min(count, len(picks)))):
        posting = row.posting
        contract = posting.named
        assert contract is not None  # picked so
        ordered = posting.day - timedelta(days=random.randrange(6, 21))
        if not contract.valid_from <= ordered <= contract.last_day:
            continue
        posting.order, posting.order_day = f"B26-{4100 + number}", ordered
        posting.contract_ref = contract.contract_id
        posting.tag = "e-invoice"
        found.append(Order(posting.order, ordered, row, contract.contract_id))
    return found


def write(orders: Sequence[Order], folder: Path) -> None:
    """Write one UBL file an order; the posting's own row says nothing of the contract."""
    folder.mkdir(parents=True, exist_ok=True)
    for order in orders:
        posting = order.row.posting
        net = posting.amount
        vat = net // 4
        text = _INVOICE.format(
            invoice=posting.invoice, day=posting.day.isoformat(),
            unit=escape(posting.unit.name), order=order.order_id, contract=order.contract_id,
            seller=escape(posting.company.name), seller_number=posting.company.org_number,
            buyer=NAME, buyer_number=ORG_NUMBER.replace("-", ""),
            delivered=(posting.day - timedelta(days=2)).isoformat(),
            net=_money(net), vat=_money(vat), gross=_money(net + vat),
            what=escape(posting.text),
        )  # fmt: skip
        (folder / f"faktura-{posting.invoice}.xml").write_text(text, "utf-8", newline="\n")


def _money(ore: int) -> str:
    return f"{ore // 100}.{ore % 100:02d}"
