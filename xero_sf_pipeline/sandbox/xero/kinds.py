"""The entities of the Xero API that the sandbox holds: names, keys, scopes, filterable fields, summary shapes.

Facts only; reading and writing live elsewhere. Field types: s text, g GUID, n number, d date or instant, b boolean.
"""

from __future__ import annotations

from dataclasses import dataclass, field

_COLUMNS = {
    "s": {"Status": "d.status", "Type": "d.type"},
    "d": {"UpdatedDateUTC": "d.updated_ms", "Date": "d.date_ms", "DueDate": "d.due_ms", "ExpiryDate": "d.due_ms"},
    "n": {"AmountDue": "d.amount_due"},
    "g": {"Contact.ContactID": "d.contact_id"},
    "b": {},
}


@dataclass(frozen=True)
class Kind:
    """One entity. `fields` are what `where` and `order` may name; `fast` those that stay allowed at high volume."""

    name: str
    id_field: str
    scopes: tuple[str, ...]
    number_field: str | None = None
    is_paged: bool = False
    knows_modified_since: bool = True
    is_found_by_number: bool = False
    has_history: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    fast: frozenset[str] = frozenset()
    unpaged_drops: frozenset[str] = frozenset()
    summary_drops: frozenset[str] | None = None
    search_fields: tuple[str, ...] = ()

    def sql(self, path: str) -> str:
        """Return the SQL expression of a field: an indexed column, or its place in the document text."""
        kind = self.fields[path]
        if path == self.id_field:
            return "d.id"
        if path == self.number_field:
            return "d.number"
        column = _COLUMNS[kind].get(path)
        if column is not None:
            return column
        place = f"json_extract(b.body, '$.{path}')"
        return f"cast(substr({place}, 7) as integer)" if kind == "d" else place


def _fields(**by_type: str) -> dict[str, str]:
    return {name: kind for kind, names in by_type.items() for name in names.split()}


_DOCUMENT = {
    "s": "Type Status Reference Contact.Name Contact.ContactNumber CurrencyCode LineAmountTypes",
    "g": "Contact.ContactID BrandingThemeID",
    "d": "Date DueDate UpdatedDateUTC",
    "n": "CurrencyRate SubTotal TotalTax Total",
    "b": "HasAttachments SentToContact",
}


def _document_fields(**more: str) -> dict[str, str]:
    return _fields(**{kind: f"{names} {more.get(kind, '')}" for kind, names in _DOCUMENT.items()})


_UNPAGED_DOCUMENT = frozenset({"LineItems"})
_CREDIT = frozenset(
    {"Status", "Date", "Reference", "Contact.ContactID", "Contact.Name", "Contact.ContactNumber", "Type"}
)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "Invoices",
            "InvoiceID",
            ("accounting.invoices",),
            number_field="InvoiceNumber",
            is_paged=True,
            is_found_by_number=True,
            has_history=True,
            fields=_document_fields(
                s="InvoiceNumber Url",
                g="InvoiceID RepeatingInvoiceID",
                d="ExpectedPaymentDate PlannedPaymentDate FullyPaidOnDate",
                n="AmountDue AmountPaid AmountCredited TotalDiscount",
                b="IsDiscounted",
            ),
            fast=_CREDIT | {"InvoiceNumber", "InvoiceID", "DueDate", "AmountDue", "AmountPaid", "UpdatedDateUTC"},
            unpaged_drops=_UNPAGED_DOCUMENT,
            summary_drops=frozenset(
                {
                    "Payments",
                    "CreditNotes",
                    "Prepayments",
                    "Overpayments",
                    "LineItems",
                    "HasAttachments",
                    "CISDeduction",
                }
            ),
            search_fields=("InvoiceNumber", "Reference"),
        ),
        Kind(
            "CreditNotes",
            "CreditNoteID",
            ("accounting.invoices",),
            number_field="CreditNoteNumber",
            is_paged=True,
            is_found_by_number=True,
            has_history=True,
            fields=_document_fields(
                s="CreditNoteNumber", g="CreditNoteID", d="FullyPaidOnDate", n="RemainingCredit AppliedAmount"
            ),
            fast=_CREDIT,
            unpaged_drops=_UNPAGED_DOCUMENT,
        ),
        Kind(
            "Contacts",
            "ContactID",
            ("accounting.contacts",),
            number_field="ContactNumber",
            is_paged=True,
            is_found_by_number=True,
            has_history=True,
            fields=_fields(
                s="Name FirstName LastName ContactNumber AccountNumber ContactStatus CompanyNumber EmailAddress "
                "TaxNumber BankAccountDetails DefaultCurrency Website",
                g="ContactID MergedToContactID",
                d="UpdatedDateUTC",
                b="IsCustomer IsSupplier HasAttachments",
            ),
            fast=frozenset({"Name", "EmailAddress", "AccountNumber", "ContactID", "UpdatedDateUTC"}),
            unpaged_drops=frozenset(
                {
                    "Balances",
                    "BatchPayments",
                    "BrandingTheme",
                    "Discount",
                    "PurchasesDefaultAccountCode",
                    "PurchasesTrackingCategories",
                    "SalesDefaultAccountCode",
                    "SalesTrackingCategories",
                    "TrackingCategoryName",
                    "TrackingCategoryOption",
                    "PaymentTerms",
                    "Website",
                }
            ),
            summary_drops=frozenset(
                {
                    "AccountsPayableTaxType",
                    "AccountsReceivableTaxType",
                    "Addresses",
                    "Balances",
                    "ContactGroups",
                    "ContactPersons",
                    "IsCustomer",
                    "IsSupplier",
                    "PaymentTerms",
                    "PurchasesDefaultAccountCode",
                    "PurchasesTrackingCategories",
                    "SalesDefaultAccountCode",
                    "SalesTrackingCategories",
                }
            ),
            search_fields=("Name", "FirstName", "LastName", "ContactNumber", "CompanyNumber", "EmailAddress"),
        ),
        Kind(
            "Payments",
            "PaymentID",
            ("accounting.payments",),
            is_paged=True,
            has_history=True,
            fields=_fields(
                s="PaymentType Status Reference Invoice.InvoiceNumber Invoice.Type Invoice.Contact.Name Account.Code",
                g="PaymentID Invoice.InvoiceID Invoice.Contact.ContactID Account.AccountID BatchPaymentID",
                d="Date UpdatedDateUTC",
                n="Amount BankAmount CurrencyRate",
                b="IsReconciled HasAccount",
            ),
            fast=frozenset({"PaymentType", "Status", "Date", "Invoice.InvoiceID", "Reference", "PaymentID"}),
        ),
        Kind(
            "Overpayments",
            "OverpaymentID",
            ("accounting.payments",),
            is_paged=True,
            has_history=True,
            fields=_document_fields(g="OverpaymentID", n="RemainingCredit AppliedAmount"),
            fast=_CREDIT,
            unpaged_drops=_UNPAGED_DOCUMENT,
        ),
        Kind(
            "Prepayments",
            "PrepaymentID",
            ("accounting.payments",),
            is_paged=True,
            has_history=True,
            fields=_document_fields(s="InvoiceNumber", g="PrepaymentID", n="RemainingCredit AppliedAmount"),
            fast=_CREDIT,
            unpaged_drops=_UNPAGED_DOCUMENT,
        ),
        Kind(
            "Quotes",
            "QuoteID",
            ("accounting.invoices",),
            number_field="QuoteNumber",
            is_paged=True,
            has_history=True,
            fields=_fields(
                s="QuoteNumber Reference Status Title Contact.Name CurrencyCode LineAmountTypes",
                g="QuoteID Contact.ContactID BrandingThemeID",
                d="Date ExpiryDate UpdatedDateUTC",
                n="CurrencyRate SubTotal TotalTax Total TotalDiscount",
            ),
        ),
        Kind(
            "Accounts",
            "AccountID",
            ("accounting.settings",),
            number_field="Code",
            fields=_fields(
                s="Code Name Type Class Status TaxType SystemAccount CurrencyCode BankAccountType Description "
                "ReportingCode",
                g="AccountID",
                d="UpdatedDateUTC",
                b="EnablePaymentsToAccount ShowInExpenseClaims HasAttachments",
            ),
        ),
        Kind(
            "TaxRates",
            "TaxType",
            ("accounting.settings",),
            knows_modified_since=False,
            fields=_fields(
                s="TaxType Name Status ReportTaxType",
                n="EffectiveRate DisplayTaxRate",
                b="CanApplyToAssets CanApplyToEquity CanApplyToExpenses CanApplyToLiabilities CanApplyToRevenue",
            ),
        ),
        Kind(
            "Items",
            "ItemID",
            ("accounting.invoices", "accounting.settings"),
            number_field="Code",
            is_found_by_number=True,
            has_history=True,
            fields=_fields(
                s="Code Name Description PurchaseDescription",
                g="ItemID",
                d="UpdatedDateUTC",
                n="QuantityOnHand TotalCostPool SalesDetails.UnitPrice PurchaseDetails.UnitPrice",
                b="IsSold IsPurchased IsTrackedAsInventory",
            ),
        ),
        Kind(
            "Currencies",
            "Code",
            ("accounting.settings",),
            knows_modified_since=False,
            fields=_fields(s="Code Description"),
        ),
        Kind(
            "TrackingCategories",
            "TrackingCategoryID",
            ("accounting.settings",),
            knows_modified_since=False,
            fields=_fields(s="Name Status", g="TrackingCategoryID"),
        ),
        Kind("Organisation", "OrganisationID", ("accounting.settings",), knows_modified_since=False),
    )
}

SINGULAR = {
    "Invoices": "Invoice",
    "CreditNotes": "CreditNote",
    "Contacts": "Contact",
    "Payments": "Payment",
    "Overpayments": "Overpayment",
    "Prepayments": "Prepayment",
    "Quotes": "Quote",
    "Accounts": "Account",
    "TaxRates": "TaxRate",
    "Items": "Item",
    "Currencies": "Currency",
    "TrackingCategories": "TrackingCategory",
    "Organisation": "Organisation",
}

ENVELOPE = {name: "Organisations" if name == "Organisation" else name for name in KINDS}
"""The key of the list inside an answer."""

CREDIT_KINDS = ("CreditNotes", "Overpayments", "Prepayments")
"""Documents whose remaining credit can be allocated to invoices."""

ALWAYS_FOUR_DECIMALS = ("Quotes",)
"""Documents that read and keep unit prices of four decimals without `unitdp=4`."""
