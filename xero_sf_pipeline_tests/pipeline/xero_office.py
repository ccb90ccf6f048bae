"""What people do in Xero, through Xero's own Python client: contacts, invoices, payments, credit notes.

Every action takes a new token, so that the clock may have jumped before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import requests
from xero_python.accounting import (
    Account,
    AccountingApi,
    Allocation,
    Allocations,
    Contact,
    Contacts,
    CreditNote,
    CreditNotes,
    Invoice,
    Invoices,
    Item,
    Items,
    LineAmountTypes,
    LineItem,
    Overpayment,
    Payment,
    PaymentDelete,
    Prepayment,
    Purchase,
    Quote,
    QuoteLineAmountTypes,
    Quotes,
    QuoteStatusCodes,
)
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token


@dataclass(frozen=True)
class XeroOffice:
    """One organisation's office."""

    url: str
    tenant_id: str

    def add_contact(self, name: str, **fields: Any) -> str:
        """Create a contact and return its id."""
        with self._api() as api:
            created = api.create_contacts(self.tenant_id, Contacts(contacts=[Contact(name=name, **fields)]))
        return str(created.contacts[0].contact_id)

    def bill(self, contact_id: str, number: str, amount: str, *, issued_on: date, due_on: date) -> str:
        """Approve a sales invoice over one line without tax and return its id."""
        line = LineItem(
            description="Consulting", quantity=Decimal(1), unit_amount=Decimal(amount), account_code="200",
            tax_type="NONE",
        )  # fmt: skip
        invoice = Invoice(
            type="ACCREC", contact=Contact(contact_id=contact_id), invoice_number=number, date=issued_on,
            due_date=due_on, line_items=[line], line_amount_types=LineAmountTypes.NOTAX, status="AUTHORISED",
        )  # fmt: skip
        with self._api() as api:
            created = api.create_invoices(self.tenant_id, Invoices(invoices=[invoice]))
        return str(created.invoices[0].invoice_id)

    def draft(self, contact_id: str, reference: str, amount: str) -> str:
        """Write a draft by hand that carries a reference, and return its id."""
        line = LineItem(description="By hand", quantity=Decimal(1), unit_amount=Decimal(amount), account_code="200")
        invoice = Invoice(type="ACCREC", contact=Contact(contact_id=contact_id), reference=reference, line_items=[line])
        with self._api() as api:
            created = api.create_invoices(self.tenant_id, Invoices(invoices=[invoice]))
        return str(created.invoices[0].invoice_id)

    def quote(
        self,
        contact_id: str,
        lines: list[LineItem],
        *,
        on: date,
        quote_id: str | None = None,
        status: str = "SENT",
        **fields: Any,
    ) -> str:
        """Send a quote whose amounts are without tax, or change one that was sent, and return its id."""
        quote = Quote(
            contact=Contact(contact_id=contact_id), date=on, line_items=lines, line_amount_types=QuoteLineAmountTypes.EXCLUSIVE,
            status=QuoteStatusCodes(status), **fields,
        )  # fmt: skip
        with self._api() as api:
            if quote_id is None:
                return str(api.create_quotes(self.tenant_id, Quotes(quotes=[quote])).quotes[0].quote_id)
            api.update_quote(self.tenant_id, quote_id, Quotes(quotes=[quote]))
        return quote_id

    def change_draft(self, invoice_id: str, **fields: Any) -> None:
        """Change fields of a draft."""
        with self._api() as api:
            changed = Invoices(invoices=[Invoice(invoice_id=invoice_id, **fields)])
            api.update_or_create_invoices(self.tenant_id, changed)

    def stock(self, code: str, name: str, *, price: str, cost: str) -> None:
        """Add an item that is bought and sold."""
        item = Item(
            code=code, name=name, is_sold=True, sales_details=Purchase(unit_price=Decimal(price), account_code="200"),
            is_purchased=True, purchase_details=Purchase(unit_price=Decimal(cost), account_code="310"),
        )  # fmt: skip
        with self._api() as api:
            api.create_items(self.tenant_id, Items(items=[item]), unitdp=4)

    def set_status(self, invoice_id: str, status: str) -> None:
        """Approve, void or delete an invoice."""
        with self._api() as api:
            api.update_invoice(self.tenant_id, invoice_id, Invoices(invoices=[Invoice(status=status)]))

    def credit(self, contact_id: str, number: str, amount: str, *, on: date, invoice_id: str | None = None) -> str:
        """Approve a credit note over one line without tax, allocate all of it to an invoice, and return its id."""
        line = LineItem(
            description="Goodwill",
            quantity=Decimal(1),
            unit_amount=Decimal(amount),
            account_code="200",
            tax_type="NONE",
        )
        note = CreditNote(
            type="ACCRECCREDIT", contact=Contact(contact_id=contact_id), credit_note_number=number, date=on,
            line_items=[line], line_amount_types=LineAmountTypes.NOTAX, status="AUTHORISED",
        )  # fmt: skip
        with self._api() as api:
            created = api.create_credit_notes(self.tenant_id, CreditNotes(credit_notes=[note]))
            credit_note_id = str(created.credit_notes[0].credit_note_id)
            if invoice_id is not None:
                use = Allocation(amount=Decimal(amount), date=on, invoice=Invoice(invoice_id=invoice_id))
                api.create_credit_note_allocation(self.tenant_id, credit_note_id, Allocations(allocations=[use]))
        return credit_note_id

    def release(self, credit_note_id: str) -> None:
        """Take the allocations of a credit note back."""
        with self._api() as api:
            note = api.get_credit_note(self.tenant_id, credit_note_id).credit_notes[0]
            for use in note.allocations:
                # The SDK refuses Xero's own answer, which names no amount: it is left unread.
                api.delete_credit_note_allocations(
                    self.tenant_id, credit_note_id, use.allocation_id, _preload_content=False
                )

    def receive(self, invoice_id: str, amount: str, on: date) -> str:
        """Enter a payment of an invoice and return its id."""
        with self._api() as api:
            banks = api.get_accounts(self.tenant_id, where='Type=="BANK" AND Status=="ACTIVE"').accounts
            payment = Payment(
                invoice=Invoice(invoice_id=invoice_id), account=Account(account_id=banks[0].account_id),
                date=on, amount=Decimal(amount),
            )  # fmt: skip
            created = api.create_payment(self.tenant_id, payment)
        return str(created.payments[0].payment_id)

    def refund(self, credit_kind: str, credit_id: str, amount: str, on: date) -> str:
        """Pay a customer's credit_note, overpayment or prepayment back and return the payment's id."""
        named = {
            "credit_note": lambda: CreditNote(credit_note_id=credit_id),
            "overpayment": lambda: Overpayment(overpayment_id=credit_id),
            "prepayment": lambda: Prepayment(prepayment_id=credit_id),
        }
        with self._api() as api:
            banks = api.get_accounts(self.tenant_id, where='Type=="BANK" AND Status=="ACTIVE"').accounts
            payment = Payment(
                account=Account(account_id=banks[0].account_id), date=on, amount=Decimal(amount),
                **{credit_kind: named[credit_kind]()},
            )  # fmt: skip
            created = api.create_payment(self.tenant_id, payment)
        return str(created.payments[0].payment_id)

    def set_off(self, credit_kind: str, credit_id: str, invoice_id: str, amount: str, on: date) -> None:
        """Apply a part of an overpayment or prepayment to an invoice."""
        use = Allocation(amount=Decimal(amount), date=on, invoice=Invoice(invoice_id=invoice_id))
        with self._api() as api:
            allocate = getattr(api, f"create_{credit_kind}_allocations")
            allocate(self.tenant_id, credit_id, Allocations(allocations=[use]))

    def delete_payment(self, payment_id: str) -> None:
        """Take a payment back."""
        with self._api() as api:
            api.delete_payment(self.tenant_id, payment_id, PaymentDelete(status="DELETED"))

    def void(self, invoice_id: str) -> None:
        """Void an approved invoice."""
        with self._api() as api:
            api.update_invoice(self.tenant_id, invoice_id, Invoices(invoices=[Invoice(status="VOIDED")]))

    @contextmanager
    def _api(self) -> Iterator[AccountingApi]:
        form = {"grant_type": "client_credentials"}
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                f"{self.url}/connect/token", data=form, auth=("sandbox-xero-client", "sandbox-xero-secret"), timeout=30
            )
        answer.raise_for_status()
        token = {"access_token": answer.json()["access_token"], "scope": [], "expires_in": 0, "token_type": "Bearer"}
        configuration = Configuration()
        configuration.oauth2_token = OAuth2Token()
        client = ApiClient(configuration, oauth2_token_getter=lambda: token, pool_threads=1)
        pool = client.rest_client.pool_manager
        pool.connection_pool_kw["retries"] = False
        pool.clear()
        try:
            yield AccountingApi(client, base_url=f"{self.url}/api.xro/2.0")
        finally:
            pool.clear()
