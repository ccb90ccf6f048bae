"""One organisation's books during one write: look-ups, stamps, numbering and lock dates.

Shared ground of the rules for contacts, documents, payments and allocations; holds no rule about any one of them.
"""

from __future__ import annotations

import re
import uuid
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.sandbox.xero.answers import ValidationError, bad_post_data
from xero_sf_pipeline.sandbox.xero.dates import day_of, ms_text, read_day
from xero_sf_pipeline.sandbox.xero.kinds import KINDS

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.xero.state import XeroState

Document = dict[str, Any]

_STAMPED_WITH_STRING = ("Invoices", "CreditNotes", "Payments", "Overpayments", "Prepayments")
_UNITS_PER_US_DOLLAR = {
    "USD": Decimal("1"),
    "NZD": Decimal("1.65"),
    "AUD": Decimal("1.52"),
    "GBP": Decimal("0.78"),
    "EUR": Decimal("0.92"),
    "SGD": Decimal("1.34"),
    "CAD": Decimal("1.36"),
    "JPY": Decimal("149.5"),
    "ZAR": Decimal("18.3"),
}
"""Made-up day rates for documents without one; Xero would ask XE.com for the document's date."""


class Books:
    """The documents of one tenant, seen by one request at one instant."""

    def __init__(self, state: XeroState, tenant: str) -> None:
        self.state = state
        self.tenant = tenant
        self.store = state.store
        self.now = state.clock.now()
        self.today = state.today(tenant)
        self.organisation: Document = state.organisation(tenant)

    def get(self, kind: str, id_: object) -> Document | None:
        """Return a document by id."""
        return self.store.get(self.tenant, kind, str(id_)) if id_ else None

    def put(self, kind: str, document: Document, *, bump: bool = True) -> None:
        """Store a document; `bump` stamps it as changed now."""
        if bump:
            document["UpdatedDateUTC"] = ms_text(self.now)
            if kind in _STAMPED_WITH_STRING:
                document["UpdatedDateUTCString"] = f"{self.now:%Y-%m-%dT%H:%M:%SZ}"
        self.store.put(self.tenant, kind, document)

    def note(self, kind: str, document: Document, changes: str, details: str = "") -> None:
        """Add a line to a document's history."""
        record = {
            "Changes": changes,
            "DateUTCString": f"{self.now:%Y-%m-%dT%H:%M:%S}",
            "DateUTC": ms_text(self.now),
            "User": "System Generated",
            "Details": details,
        }
        self.store.add_history(self.tenant, kind, str(document[KINDS[kind].id_field]).lower(), record)

    def account(self, given: Document) -> Document | None:
        """Return the active account that `AccountID`, or else `Code` or `AccountCode`, names."""
        if given.get("AccountID"):
            found = self.get("Accounts", given["AccountID"])
        else:
            code = given.get("AccountCode") or given.get("Code")
            matches = self.store.by_number(self.tenant, "Accounts", str(code)) if code else []
            found = matches[0] if matches else None
        return found if found is not None and found.get("Status") == "ACTIVE" else None

    def tax_percent(self, tax_type: str) -> Decimal | None:
        """Return the effective rate of a tax type in percent, None when it is not known."""
        if tax_type == "NONE":
            return Decimal(0)
        rate = self.get("TaxRates", tax_type)
        return None if rate is None else Decimal(str(rate.get("EffectiveRate") or 0))

    def base_currency(self) -> str:
        """Return the organisation's currency code."""
        return str(self.organisation["BaseCurrency"])

    def currency_rate(self, currency: str, given: Any) -> Decimal:
        """Return foreign units per base unit, six decimals: 1 for the base currency, else as given, else a day rate."""
        if currency == self.base_currency():
            return Decimal(1)
        if given:
            rate = number(given, "CurrencyRate").quantize(Decimal("0.000001"))
            if rate <= 0:
                raise ValidationError("The currency rate must be greater than zero")
            return rate
        ours = _UNITS_PER_US_DOLLAR.get(self.base_currency(), Decimal(1))
        return (_UNITS_PER_US_DOLLAR.get(currency, Decimal(1)) / ours).quantize(Decimal("0.000001"))

    def check_currency(self, currency: str) -> None:
        """Refuse a currency that was not added to the organisation."""
        if currency != self.base_currency() and self.get("Currencies", currency) is None:
            raise ValidationError(f"Organisation is not subscribed to currency {currency}")

    def check_lock(self, day: date) -> None:
        """Refuse a change of the books on or before a lock date.

        The end-of-year lock binds everyone, the period lock all but advisers.
        """
        for name, words in (("EndOfYearLockDate", "end of year lock date"), ("PeriodLockDate", "period lock date")):
            locked = self.organisation.get(name)
            if not locked or (name == "PeriodLockDate" and self.state.behaviour.acts_as_adviser):
                continue
            if day <= day_of(locked):
                shown = f"{day_of(locked):%d-%b-%Y}"
                raise ValidationError(f"The document date cannot be before the {words}, currently set at {shown}")

    def next_number(self, kind: str, prefix: str) -> str:
        """Return the next automatic number, such as INV-0042."""
        key = f"number:{self.tenant}:{prefix}"
        last = self.store.meta(key)
        if last is None:
            rows = self.store.rows(
                "select number from documents where tenant = ? and kind = ? and number like ?",
                (self.tenant, kind, f"{prefix}%"),
            )
            digits = [int(text[len(prefix) :]) for (text,) in rows if re.fullmatch(r"\d{1,9}", text[len(prefix) :])]
            last = max(digits, default=0)
        self.store.set_meta(key, last + 1)
        return f"{prefix}{last + 1:04d}"


def new_id() -> str:
    """Return a fresh GUID; ids cannot be chosen by the caller."""
    return str(uuid.uuid4())


def number(value: Any, name: str) -> Decimal:
    """Read a number of a request exactly.

    Raises:
        ApiError: 400 PostDataInvalidException
    """
    try:
        if isinstance(value, bool):
            raise ValueError
        return Decimal(str(value))
    except (ArithmeticError, ValueError):
        raise bad_post_data(f"Error converting value {value!r} to type 'System.Decimal'. Path '{name}'.") from None


def day(value: Any, name: str) -> date:
    """Read a date of a request.

    Raises:
        ApiError: 400 PostDataInvalidException
    """
    try:
        return read_day(value)
    except ValueError:
        raise bad_post_data(f"The string '{value}' is not a valid date. Path '{name}'.") from None


def one_of(value: Any, allowed: tuple[str, ...], name: str) -> str:
    """Read an enumerated value of a request.

    Raises:
        ApiError: 400 PostDataInvalidException
    """
    if value not in allowed:
        raise bad_post_data(f"Error converting value \"{value}\" to type '{name}'.")
    return str(value)
