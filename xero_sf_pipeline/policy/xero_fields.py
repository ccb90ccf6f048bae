"""The fields of Xero's records that a mapping may name: which exist, what they hold, which of them may be written.

Names and types come from the client library's models, which are generated from Xero's contract. Belongs here: what no
model tells (what may be written, how long a text may be, the words of an unnamed enum). Does not belong here: which
fields are mapped (`policy/mappings.py`), how values are read and spelled.

Sources: Accounting API contract 16.1, Contacts, Invoices, Credit notes, Items, Quotes; a document of a list carries the
id and the name of its contact alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache
from typing import Any

API_OBJECTS = ("Contact", "ContactPerson", "Invoice", "CreditNote", "Item", "Quote")


class XeroKind(StrEnum):
    """What a field holds. Dates and instants come as `/Date(milliseconds+0000)/`, UTC."""

    TEXT = "text"
    DECIMAL = "decimal"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    ENUM = "enum"


@dataclass(frozen=True, slots=True)
class XeroField:
    """One field that holds one value.

    Attributes:
        path: names from the record down, joined by dots: `Balances.AccountsReceivable.Outstanding`.
        choices: the words of an enum, else empty.
        longest: characters of the longest text that may be written; None when it is not written or no text.
        is_writable: the API takes it in a create and an update, and no flow of its own writes it. Of a path with dots
            the whole object is sent, its other values as last read: the contract does not say that Xero keeps them.
        written_with: the field without which the API does not take it; both are sent together.
    """

    path: str
    kind: XeroKind
    choices: tuple[str, ...] = ()
    longest: int | None = None
    is_writable: bool = False
    written_with: str | None = None


_KINDS = {
    "str": XeroKind.TEXT,
    "float": XeroKind.DECIMAL,
    "int": XeroKind.INTEGER,
    "bool": XeroKind.BOOLEAN,
    "date[ms-format]": XeroKind.DATE,
    "datetime[ms-format]": XeroKind.INSTANT,
}
_ABOUT_THE_ANSWER = frozenset({"StatusAttributeString", "HasErrors", "HasValidationErrors"})
"""How a write went; no fact of the record."""
_CONTACT_OF_A_DOCUMENT = ("ContactID", "Name")

_TAX_TYPE, _ACCOUNT_CODE, _NO_LIMIT_STATED, _GUID = 50, 10, 255, 36
"""Characters: what Xero's settings allow for codes; a careful limit for texts for which the contract states none."""
_WRITABLE: Mapping[str, Mapping[str, int | None]] = {
    "Contact": {
        "FirstName": 255,
        "LastName": 255,
        "CompanyNumber": 50,
        "BankAccountDetails": _NO_LIMIT_STATED,
        "DefaultCurrency": None,
        "AccountsReceivableTaxType": _TAX_TYPE,
        "AccountsPayableTaxType": _TAX_TYPE,
        "SalesDefaultAccountCode": _ACCOUNT_CODE,
        "PurchasesDefaultAccountCode": _ACCOUNT_CODE,
        "SalesDefaultLineAmountType": None,
        "PurchasesDefaultLineAmountType": None,
        "XeroNetworkKey": _NO_LIMIT_STATED,
        "PaymentTerms.Sales.Day": None,
        "PaymentTerms.Sales.Type": None,
        "PaymentTerms.Bills.Day": None,
        "PaymentTerms.Bills.Type": None,
    },
    "Invoice": {
        "Url": 2000,
        "BrandingThemeID": _GUID,
        "ExpectedPaymentDate": None,
        "SentToContact": None,
    },
    "Item": {
        "PurchaseDescription": 4000,
        "IsPurchased": None,
        "PurchaseDetails.UnitPrice": None,
        "PurchaseDetails.AccountCode": _ACCOUNT_CODE,
        "PurchaseDetails.TaxType": _TAX_TYPE,
    },
}
"""What may be written, with the longest text.

Left out: what another flow owns (names, emails, numbers, phones, addresses, lines, dates, amounts, status, sales
details), what Xero works out (IsCustomer, balances, totals), what the contract calls read-only (Website, Discount),
batch payments, people (a list that is sent replaces the old one), quotes and credit notes (nothing updates them). Xero
takes SentToContact of approved invoices only, and nulls the purchase fields when IsPurchased is false.
"""
_WRITTEN_WITH = {
    f"PaymentTerms.{side}.{one}": f"PaymentTerms.{side}.{other}"
    for side in ("Sales", "Bills")
    for one, other in (("Day", "Type"), ("Type", "Day"))
}
_DOCUMENT_STATUS = ("DRAFT", "SUBMITTED", "DELETED", "AUTHORISED", "PAID", "VOIDED")
_LINE_AMOUNT_TYPE = ("INCLUSIVE", "EXCLUSIVE", "NONE")
_WORDS: Mapping[str, tuple[str, ...]] = {
    "Contact.ContactStatus": ("ACTIVE", "ARCHIVED", "GDPRREQUEST"),
    "Contact.TaxNumberType": ("SSN", "EIN", "ITIN", "ATIN"),
    "Contact.SalesDefaultLineAmountType": _LINE_AMOUNT_TYPE,
    "Contact.PurchasesDefaultLineAmountType": _LINE_AMOUNT_TYPE,
    "Contact.BrandingTheme.Type": ("INVOICE",),
    "Invoice.Type": (
        "ACCPAY", "ACCPAYCREDIT", "APOVERPAYMENT", "APPREPAYMENT", "ACCREC", "ACCRECCREDIT", "AROVERPAYMENT",
        "ARPREPAYMENT",
    ),
    "Invoice.Status": _DOCUMENT_STATUS,
    "CreditNote.Type": ("ACCPAYCREDIT", "ACCRECCREDIT"),
    "CreditNote.Status": _DOCUMENT_STATUS,
}  # fmt: skip
"""Words of the enums that have no name in the contract, and are plain texts in the models."""


@cache
def xero_fields(api_object: str) -> Mapping[str, XeroField]:
    """Return every field of an API object that holds one value, by its path; lists are left out.

    Args:
        api_object: one of `API_OBJECTS`.

    Raises:
        ValueError: another object.
    """
    if api_object not in API_OBJECTS:
        raise ValueError(f"{api_object} is no Xero record that can be mapped; there are {', '.join(API_OBJECTS)}")
    return {path: _field(api_object, path, typed) for path, typed in _leaves(api_object, "")}


def value_of(payload: Mapping[str, Any], path: str) -> Any:
    """Return the value of a path in a record as the API gave it; None where there is none on the way."""
    value: Any = payload
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _leaves(model_name: str, prefix: str) -> Iterator[tuple[str, str | type[Enum]]]:
    """Path and type of every scalar: a word of `_KINDS`, or an enum."""
    from xero_python.accounting import models  # slow to import: only when a policy maps fields

    model = getattr(models, model_name)
    for attribute, typed in model.openapi_types.items():
        path = prefix + model.attribute_map[attribute]
        if typed.startswith("list[") or path in _ABOUT_THE_ANSWER:
            continue
        if typed in _KINDS:
            yield path, typed
        elif issubclass(found := getattr(models, typed), Enum):
            yield path, found
        elif typed == "Contact":
            yield from ((f"{path}.{name}", "str") for name in _CONTACT_OF_A_DOCUMENT)
        else:
            yield from _leaves(typed, f"{path}.")


def _field(api_object: str, path: str, typed: str | type[Enum]) -> XeroField:
    if isinstance(typed, str):
        choices = _WORDS.get(f"{api_object}.{path}", ())
        kind = XeroKind.ENUM if choices else _KINDS[typed]
    else:
        choices, kind = tuple(str(word.value) for word in typed if word.value), XeroKind.ENUM
    writable = _WRITABLE.get(api_object, {})
    return XeroField(
        path,
        kind,
        choices,
        writable.get(path),
        path in writable,
        _WRITTEN_WITH.get(path) if path in writable else None,
    )
