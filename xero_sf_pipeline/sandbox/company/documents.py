"""Documents before they have a shape: whole cents, day ordinals, UTC milliseconds.

Belongs here: the compact records of invoices, payments and credits. Does not belong here: making them (`invoicing`,
`settling`) or their read shapes (`document_shapes`).
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

CreditKind = Literal["credit_note", "overpayment", "prepayment"]
LINE_TYPES: Final = ("Exclusive", "Inclusive", "NoTax")


class Line(NamedTuple):
    """One line; `item` is a position in the price list or -1 with a description of its own."""

    item: int
    description: str
    quantity: int
    unit_price: int
    discount: int
    account: str
    tax_type: str
    amount: int
    tax: int
    region: int
    department: int


class Application(NamedTuple):
    """A part of a credit that was applied to an invoice."""

    serial: int
    credit: Credit
    invoice: Invoice
    amount: int
    on: int


class Invoice:
    """A sales invoice or a bill."""

    __slots__ = (
        "applications", "contact", "credited", "currency", "due", "expected", "fully_paid", "index", "is_sale",
        "issued",
        "line_types", "lines", "number", "paid", "payments", "rate", "reference", "sent", "status", "subtotal", "tax",
        "total", "updated",
    )  # fmt: skip

    applications: list[Application]
    contact: int
    credited: int
    currency: str
    due: int
    expected: int
    fully_paid: int
    index: int
    is_sale: bool
    issued: int
    line_types: int
    lines: list[Line]
    number: str
    paid: int
    payments: list[Payment]
    rate: int
    reference: str
    sent: bool
    status: str
    subtotal: int
    tax: int
    total: int
    updated: int

    @property
    def amount_due(self) -> int:
        """What is still owed; nothing on a voided or deleted document."""
        return 0 if self.status in ("VOIDED", "DELETED") else self.total - self.paid - self.credited


class Credit:
    """A credit note, overpayment or prepayment, on the sales or the purchase side."""

    __slots__ = (
        "account", "applications", "contact", "currency", "fully_paid", "index", "is_sale", "issued", "kind", "number",
        "rate", "reference", "refunds", "remaining", "status", "tax", "tax_type", "text", "total", "updated",
    )  # fmt: skip

    def __init__(
        self, kind: CreditKind, index: int, contact: int, currency: str, rate: int, issued: int, total: int,
        *, is_sale: bool, tax_type: str, tax: int, updated: int,
    ) -> None:  # fmt: skip
        self.kind = kind
        self.index = index
        self.contact = contact
        self.currency = currency
        self.rate = rate
        self.issued = issued
        self.total = self.remaining = total
        self.is_sale = is_sale
        self.tax_type = tax_type
        self.tax = tax
        self.updated = updated
        self.status = "AUTHORISED"
        self.number = ""
        self.reference = ""
        self.text = ""
        self.account = ""
        self.fully_paid = 0
        self.applications: list[Application] = []
        self.refunds: list[Payment] = []


class Payment:
    """Money in or out, against an invoice or (as a refund) against a credit. Never changed, only deleted."""

    __slots__ = (
        "amount",
        "batch",
        "index",
        "is_deleted",
        "is_reconciled",
        "on",
        "rate",
        "reference",
        "target",
        "updated",
    )

    def __init__(self, index: int, target: Invoice | Credit, amount: int, on: int, rate: int, updated: int) -> None:
        self.index = index
        self.target = target
        self.amount = amount
        self.on = on
        self.rate = rate
        self.updated = updated
        self.batch = 0
        self.is_deleted = False
        self.is_reconciled = True
        self.reference = ""
