"""One Peppol BIS Billing 3 invoice or credit note (UBL 2.1 XML), held to its own sums.

No library: those that read UBL trust the XML parser below them, and the vendor writes this file.
Any DOCTYPE is refused, depth and size are limited, and sums that do not add up make no invoice.
Rules are named as in Peppol BIS Billing 3: BR-CO-10 to -16, SE-R-003, SE-R-004, SE-R-013.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.parsers import expat

from compliance.errors import InputError, Place

LARGEST = 20 << 20
DEEPEST = 100
MOST_NODES = 500_000
_ROOTS = {
    "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2 Invoice": 1,
    "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2 CreditNote": -1,
}
_CREDIT_TYPES = frozenset({"381", "396"})  # UNCL 1001: credit note, factored credit note
# What a document has one of at most; of two, one would be passed over.
_ONCE = (
    "ID", "IssueDate", "DocumentCurrencyCode", "OrderReference", "ContractDocumentReference",
    "AccountingSupplierParty",
)  # fmt: skip
_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,2})?")


@dataclass(frozen=True)
class InvoiceLine:
    """One line: net kronor, and the buyer's account where the vendor wrote it."""

    row: int
    amount: Decimal
    account: str
    text: str


@dataclass(frozen=True)
class UblInvoice:
    """One document. Amounts without VAT in its own currency, credit notes negative."""

    sha256: str
    number: str
    issued: date
    delivered: date | None
    currency: str
    supplier_name: str
    supplier_org_number: str
    contract_ref: str
    order_ref: str
    buyer_ref: str
    amount: Decimal
    lines: tuple[InvoiceLine, ...]
    notes: tuple[str, ...] = ()


@dataclass
class _Node:
    name: str
    attributes: dict[str, str]
    row: int
    text: str = ""
    children: list[_Node] = field(default_factory=list)

    def all(self, *path: str) -> list[_Node]:
        found = [self]
        for name in path:
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def get(self, *path: str) -> str:
        found = self.all(*path)
        return unicodedata.normalize("NFC", " ".join(found[0].text.split())) if found else ""


class _RefusalError(Exception):
    def __init__(self, what: str, row: int | None = None, why: str = "", fix: str = "") -> None:
        self.what, self.row, self.why = what, row, why
        self.fix = fix or "ask the vendor for a correct invoice, or take the file out of the folder"
        super().__init__(what)


def read_invoice(path: Path, file: str) -> UblInvoice:
    """Read one document. Raises InputError with the element, or the rule, that it fails."""
    raw = path.read_bytes()
    try:
        return _invoice(_tree(raw), hashlib.sha256(raw).hexdigest())
    except _RefusalError as refusal:
        raise InputError(
            refusal.what,
            at=Place(file, row=refusal.row),
            why=refusal.why,
            fix=refusal.fix,
        ) from None


def _tree(raw: bytes) -> _Node:
    if len(raw) > LARGEST:
        raise _RefusalError("the document is larger than 20 MB")
    parser = expat.ParserCreate(namespace_separator=" ")
    top = _Node("", {}, 0)
    stack = [top]
    nodes = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal nodes
        nodes += 1
        if len(stack) > DEEPEST or nodes > MOST_NODES or len(attributes) > 50:
            raise _RefusalError(
                "the XML is nested or split beyond reason", parser.CurrentLineNumber
            )
        local = name if len(stack) == 1 else name.rpartition(" ")[2]
        node = _Node(local, attributes, parser.CurrentLineNumber)
        stack[-1].children.append(node)
        stack.append(node)

    def end(_: str) -> None:
        stack.pop()

    def text(data: str) -> None:
        stack[-1].text += data

    def doctype(*_: object) -> None:
        raise _RefusalError(
            "the XML declares a document type",
            parser.CurrentLineNumber,
            "a DOCTYPE can make a small file grow, or fetch others",
        )

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = doctype
    parser.buffer_text = True
    try:
        parser.Parse(raw, True)  # noqa: FBT003  (expat takes no keywords)
    except expat.ExpatError as error:
        raise _RefusalError("the file is not whole XML", error.lineno, str(error)[:120]) from None
    except (LookupError, ValueError) as error:
        raise _RefusalError("the XML's encoding is not known", why=str(error)[:120]) from None
    return top.children[0]


def _invoice(root: _Node, sha256: str) -> UblInvoice:
    sign = _ROOTS.get(root.name)
    if sign is None:
        local = root.name.rpartition(" ")[2]
        if local == "StandardBusinessDocument":
            raise _RefusalError(
                "the document lies in its Peppol envelope (StandardBusinessDocument)",
                root.row,
                "only the Invoice or CreditNote inside it is read",
                "unpack it: deliver the document as a file of its own, as the access point or the "
                "invoice system saves it",
            )
        raise _RefusalError(f"`{local[:40]}` is neither an invoice nor a credit note", root.row)
    for name in _ONCE:
        _one(root, name)
    currency = root.get("DocumentCurrencyCode")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise _RefusalError("the document has no currency", root.row)
    number, issued = root.get("ID"), _day(root, "IssueDate")
    if not number or issued is None:
        raise _RefusalError("the document lacks its number or its date", root.row)
    total = _sums(root, currency)
    party = root.all("AccountingSupplierParty", "Party")
    if not party:
        raise _RefusalError("the document names no supplier", root.row)
    org_number, notes = _org_number(party[0])
    if total > 0 and sign > 0 and root.get("InvoiceTypeCode") in _CREDIT_TYPES:
        notes += ("a credit note written as an invoice: it counts as a purchase",)
    if total < 0 and sign < 0:
        notes += ("a credit note of negative amounts: it counts as a purchase",)
    delivered = next(
        (day for node in root.all("Delivery") if (day := _day(node, "ActualDeliveryDate"))), None
    )
    return UblInvoice(
        sha256=sha256,
        number=number,
        issued=issued,
        delivered=delivered,
        currency=currency,
        supplier_name=party[0].get("PartyLegalEntity", "RegistrationName")
        or party[0].get("PartyName", "Name"),
        supplier_org_number=org_number,
        contract_ref=root.get("ContractDocumentReference", "ID"),
        order_ref=root.get("OrderReference", "ID"),
        buyer_ref=root.get("BuyerReference"),
        amount=sign * total,
        lines=_lines(root, sign, currency),
        notes=notes,
    )


def _day(node: _Node, name: str) -> date | None:
    text = node.get(name)
    if not text:
        return None
    try:
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and 1990 <= int(text[:4]) <= 2099:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise _RefusalError(f"{name} `{text[:20]}` is no day", node.all(name)[0].row)


def _amount(node: _Node | None, currency: str) -> Decimal:
    if node is None:
        return Decimal(0)
    text = node.text.strip()
    if node.children or not _AMOUNT.fullmatch(text):
        raise _RefusalError(f"{node.name} `{text[:30]}` is no amount with two decimals", node.row)
    if node.attributes.get("currencyID", currency) != currency:
        raise _RefusalError(f"{node.name} is in another currency than the document", node.row)
    return Decimal(text)


def _one(node: _Node, name: str, *, needed: bool = False) -> _Node | None:
    found = node.all(name)
    if len(found) > 1:
        raise _RefusalError(f"{name} stands twice", found[1].row)
    if needed and not found:
        raise _RefusalError(f"{name} is missing", node.row)
    return found[0] if found else None


def _line_nodes(root: _Node) -> list[_Node]:
    return root.all("InvoiceLine") + root.all("CreditNoteLine")


def _allowances(root: _Node, currency: str) -> tuple[Decimal, Decimal]:
    sums = {"true": Decimal(0), "false": Decimal(0)}
    for node in root.all("AllowanceCharge"):
        kind = node.get("ChargeIndicator")
        if kind not in sums:
            raise _RefusalError("an AllowanceCharge is neither charge nor allowance", node.row)
        sums[kind] += _amount(_one(node, "Amount", needed=True), currency)
    return sums["false"], sums["true"]


def _sums(root: _Node, currency: str) -> Decimal:
    """Hold the document's totals to each other and return the one without VAT."""
    total = _one(root, "LegalMonetaryTotal", needed=True)
    nodes = _line_nodes(root)
    if total is None or not nodes:
        raise _RefusalError("the document has no lines", root.row)

    def claimed(name: str, *, needed: bool = False) -> Decimal:
        return _amount(_one(total, name, needed=needed), currency)

    def hold(rule: str, name: str, expected: Decimal, *, needed: bool = True) -> None:
        given = claimed(name, needed=needed)
        if given != expected:
            node = _one(total, name) or total
            raise _RefusalError(
                f"{name} is {given}, but its parts make {expected}", node.row, f"rule {rule}"
            )

    lines = sum(
        (_amount(_one(node, "LineExtensionAmount", needed=True), currency) for node in nodes),
        Decimal(0),
    )
    allowances, charges = _allowances(root, currency)
    taxes = [node for node in root.all("TaxTotal", "TaxAmount")
             if node.attributes.get("currencyID", currency) == currency]  # fmt: skip
    tax = _amount(taxes[0], currency) if taxes else Decimal(0)
    hold("BR-CO-10", "LineExtensionAmount", lines)
    hold("BR-CO-11", "AllowanceTotalAmount", allowances, needed=False)
    hold("BR-CO-12", "ChargeTotalAmount", charges, needed=False)
    hold("BR-CO-13", "TaxExclusiveAmount", lines - allowances + charges)
    parts = [node for node in root.all("TaxTotal", "TaxSubtotal", "TaxAmount")
             if node.attributes.get("currencyID", currency) == currency]  # fmt: skip
    if parts and sum((_amount(node, currency) for node in parts), Decimal(0)) != tax:
        raise _RefusalError(
            "the tax total is not the sum of its parts", parts[0].row, "rule BR-CO-14"
        )
    exclusive = claimed("TaxExclusiveAmount")
    hold("BR-CO-15", "TaxInclusiveAmount", exclusive + tax)
    payable = exclusive + tax - claimed("PrepaidAmount") + claimed("PayableRoundingAmount")
    hold("BR-CO-16", "PayableAmount", payable)
    return exclusive


def _lines(root: _Node, sign: int, currency: str) -> tuple[InvoiceLine, ...]:
    """Return the lines, and what the document takes off or adds as a whole."""
    account = root.get("AccountingCost")
    found = [
        InvoiceLine(
            node.row,
            sign * _amount(_one(node, "LineExtensionAmount", needed=True), currency),
            node.get("AccountingCost") or account,
            node.get("Item", "Name"),
        )
        for node in _line_nodes(root)
    ]
    for node in root.all("AllowanceCharge"):
        amount = _amount(_one(node, "Amount"), currency)
        charge = sign if node.get("ChargeIndicator") == "true" else -sign
        text = node.get("AllowanceChargeReason")
        found.append(InvoiceLine(node.row, charge * amount, account, text))
    return tuple(found)


def _org_number(party: _Node) -> tuple[str, tuple[str, ...]]:
    """Return the supplier's number, of the legal entity or else from the VAT number; and notes."""
    legal = party.get("PartyLegalEntity", "CompanyID")
    taxes = party.all("PartyTaxScheme")
    vat = next((n.get("CompanyID") for n in taxes if n.get("TaxScheme", "ID") == "VAT"), "")
    country = party.get("PostalAddress", "Country", "IdentificationCode")
    number = legal or (vat[2:12] if re.fullmatch("SE[0-9]{12}", vat) else "")
    if country == "SE" and legal:
        if not re.fullmatch("[0-9]+", legal):
            raise _RefusalError(
                f"the org number `{_masked(legal)}` is not digits", party.row, "SE-R-003"
            )
        if len(legal) != 10:
            raise _RefusalError(
                f"the org number `{_masked(legal)}` is not of ten digits", party.row, "SE-R-004"
            )
    if country == "SE" and number and not _luhn(number):
        return number, ("the supplier's org number fails its check digit (SE-R-013)",)
    return number, ()


def _masked(text: str) -> str:
    return re.sub("[0-9]{4}$", "****", text[:20])


def _luhn(number: str) -> bool:
    digits = [int(sign) for sign in number if sign.isdigit()]
    doubled = [d if at % 2 else (d * 2 - 9 if d > 4 else d * 2) for at, d in enumerate(digits)]
    return len(digits) == 10 and sum(doubled) % 10 == 0
