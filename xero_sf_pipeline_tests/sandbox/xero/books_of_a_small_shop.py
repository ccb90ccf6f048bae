"""A hand-made organisation for the tests of the Xero side: a few contacts, accounts, tax rates and documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

TENANT = "11111111-aaaa-4aaa-8aaa-111111111111"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BANK, SALES, RENT = (f"00000000-0000-4000-8000-00000000000{digit}" for digit in "123")
ACME, BETA, OLD = (f"c0000000-0000-4000-8000-00000000000{digit}" for digit in "123")
OVERPAYMENT = "0e000000-0000-4000-8000-000000000001"
PREPAYMENT = "0f000000-0000-4000-8000-000000000001"
QUOTE = "0a000000-0000-4000-8000-000000000001"


def ms(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, milli: int = 0) -> str:
    instant = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return f"/Date({int(instant.timestamp()) * 1000 + milli}+0000)/"


LOADED = ms(2026, 11, 1, 8)


def contact(id_: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "ContactID": id_,
        "ContactStatus": "ACTIVE",
        "Name": name,
        "EmailAddress": "",
        "BankAccountDetails": "",
        "Addresses": [
            {"AddressType": kind, "City": "", "Region": "", "PostalCode": "", "Country": ""}
            for kind in ("STREET", "POBOX")
        ],
        "Phones": [
            {"PhoneType": kind, "PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}
            for kind in ("DDI", "DEFAULT", "FAX", "MOBILE")
        ],
        "UpdatedDateUTC": LOADED,
        "ContactGroups": [],
        "IsSupplier": False,
        "IsCustomer": True,
        "ContactPersons": [],
        "HasAttachments": False,
        "HasValidationErrors": False,
    } | more


def nested(id_: str, name: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": []}
    return {"ContactID": id_, "Name": name, **empty, "HasValidationErrors": False}


def invoice(position: int, contact_id: str = ACME, name: str = "Acme Ltd", **more: Any) -> dict[str, Any]:
    """Return an approved sales invoice over 115.00, due on 1 November 2026, changed `position` s later."""
    return {
        "Type": "ACCREC",
        "InvoiceID": f"1a000000-0000-4000-8000-{position:012d}",
        "InvoiceNumber": f"INV-{position:04d}",
        "Reference": f"Order {position}",
        "Payments": [],
        "CreditNotes": [],
        "Prepayments": [],
        "Overpayments": [],
        "AmountDue": Decimal("115.00"),
        "AmountPaid": Decimal("0.00"),
        "AmountCredited": Decimal("0.00"),
        "SentToContact": True,
        "CurrencyRate": 1,
        "HasErrors": False,
        "IsDiscounted": False,
        "HasAttachments": False,
        "Contact": nested(contact_id, name),
        "DateString": "2026-10-01T00:00:00",
        "Date": ms(2026, 10, 1),
        "DueDateString": "2026-11-01T00:00:00",
        "DueDate": ms(2026, 11, 1),
        "Status": "AUTHORISED",
        "LineAmountTypes": "Exclusive",
        "LineItems": [
            {
                "LineItemID": f"11e00000-0000-4000-8000-{position:012d}",
                "Description": "Consulting",
                "UnitAmount": Decimal("100.00"),
                "TaxType": "OUTPUT2",
                "TaxAmount": Decimal("15.00"),
                "LineAmount": Decimal("100.00"),
                "AccountCode": "200",
                "AccountID": SALES,
                "Tracking": [],
                "Quantity": Decimal("1.0000"),
                "ValidationErrors": [],
            }
        ],
        "SubTotal": Decimal("100.00"),
        "TotalTax": Decimal("15.00"),
        "Total": Decimal("115.00"),
        "UpdatedDateUTC": ms(2026, 11, 1, 8, 0, 0, position * 1000),
        "UpdatedDateUTCString": "2026-11-01T08:00:00Z",
        "CurrencyCode": "NZD",
    } | more


def credit(id_field: str, id_: str, type_: str, **more: Any) -> dict[str, Any]:
    return {
        id_field: id_,
        "ID": id_,
        "Type": type_,
        "Reference": "",
        "RemainingCredit": Decimal("50.00"),
        "Allocations": [],
        "Payments": [],
        "HasAttachments": False,
        "Contact": nested(ACME, "Acme Ltd"),
        "DateString": "2026-10-15T00:00:00",
        "Date": ms(2026, 10, 15),
        "Status": "AUTHORISED",
        "LineAmountTypes": "NoTax",
        "LineItems": [],
        "SubTotal": Decimal("50.00"),
        "TotalTax": Decimal("0.00"),
        "Total": Decimal("50.00"),
        "UpdatedDateUTC": LOADED,
        "UpdatedDateUTCString": "2026-11-01T08:00:00Z",
        "CurrencyCode": "NZD",
        "CurrencyRate": 1,
    } | more


def quote(**more: Any) -> dict[str, Any]:
    """Return a sent quote over 14.20, of 5 October 2026, that expires on 4 November."""
    return {
        "QuoteID": QUOTE,
        "QuoteNumber": "QU-0001",
        "Reference": "",
        "Terms": "",
        "Contact": {"ContactID": ACME, "Name": "Acme Ltd"},
        "LineItems": [
            {
                "LineItemID": "11e10000-0000-4000-8000-000000000001",
                "Description": "A widget",
                "ItemCode": "WIDGET",
                "UnitAmount": Decimal("12.3456"),
                "TaxType": "OUTPUT2",
                "TaxAmount": Decimal("1.85"),
                "LineAmount": Decimal("12.35"),
                "AccountCode": "200",
                "Tracking": [],
                "Quantity": Decimal("1.0000"),
            }
        ],
        "Date": ms(2026, 10, 5),
        "DateString": "2026-10-05T00:00:00",
        "ExpiryDate": ms(2026, 11, 4),
        "ExpiryDateString": "2026-11-04T00:00:00",
        "Status": "SENT",
        "CurrencyRate": 1,
        "CurrencyCode": "NZD",
        "SubTotal": Decimal("12.35"),
        "TotalTax": Decimal("1.85"),
        "Total": Decimal("14.20"),
        "TotalDiscount": Decimal("0.00"),
        "Title": "",
        "Summary": "",
        "UpdatedDateUTC": LOADED,
        "LineAmountTypes": "EXCLUSIVE",
    } | more


def account(id_: str, code: str, name: str, type_: str, class_: str, tax: str) -> dict[str, Any]:
    return {
        "AccountID": id_,
        "Code": code,
        "Name": name,
        "Status": "ACTIVE",
        "Type": type_,
        "TaxType": tax,
        "Class": class_,
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        "BankAccountType": "BANK" if type_ == "BANK" else "",
        "ReportingCode": "ASS",
        "HasAttachments": False,
        "UpdatedDateUTC": LOADED,
    }


def tax_rate(type_: str, name: str, percent: float) -> dict[str, Any]:
    return {
        "Name": name,
        "TaxType": type_,
        "CanApplyToAssets": True,
        "CanApplyToEquity": True,
        "CanApplyToExpenses": True,
        "CanApplyToLiabilities": True,
        "CanApplyToRevenue": True,
        "DisplayTaxRate": percent,
        "EffectiveRate": percent,
        "Status": "ACTIVE",
        "TaxComponents": [{"Name": "GST", "Rate": percent, "IsCompound": False, "IsNonRecoverable": False}],
    }


@dataclass
class SmallShop:
    """A seed: a New Zealand organisation in NZD that also trades in USD."""

    tenant_id: str = TENANT
    name: str = "Small Shop"
    invoices: list[dict[str, Any]] = field(default_factory=lambda: [invoice(n) for n in range(1, 6)])
    contacts: list[dict[str, Any]] = field(
        default_factory=lambda: [
            contact(ACME, "Acme Ltd", EmailAddress="pay@acme.example", AccountNumber="A-1", ContactNumber="CRM-1"),
            contact(BETA, "Beta Pty"),
            contact(OLD, "Old & Gone", ContactStatus="ARCHIVED"),
        ]
    )
    credit_notes: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)
    period_lock: str | None = None

    @property
    def connection(self) -> dict[str, Any]:
        return {
            "id": f"c{self.tenant_id[1:]}",
            "authEventId": f"e{self.tenant_id[1:]}",
            "tenantId": self.tenant_id,
            "tenantType": "ORGANISATION",
            "tenantName": self.name,
            "createdDateUtc": "2026-01-09T23:40:30.1833130",
            "updatedDateUtc": "2026-01-09T23:40:30.1833130",
        }

    @property
    def organisation(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "Name": self.name,
            "LegalName": self.name,
            "PaysTax": True,
            "Version": "NZ",
            "OrganisationType": "COMPANY",
            "BaseCurrency": "NZD",
            "CountryCode": "NZ",
            "IsDemoCompany": False,
            "OrganisationStatus": "ACTIVE",
            "FinancialYearEndDay": 31,
            "FinancialYearEndMonth": 3,
            "SalesTaxBasis": "PAYMENTS",
            "SalesTaxPeriod": "TWOMONTHS",
            "DefaultSalesTax": "Tax Exclusive",
            "DefaultPurchasesTax": "Tax Exclusive",
            "CreatedDateUTC": LOADED,
            "OrganisationEntityType": "COMPANY",
            "Timezone": "NEWZEALANDSTANDARDTIME",
            "ShortCode": "!sh0p1",
            "OrganisationID": self.tenant_id,
            "Edition": "BUSINESS",
            "Class": "PREMIUM",
            "Addresses": [],
            "Phones": [],
            "ExternalLinks": [],
            "PaymentTerms": {},
        }
        return shown | ({"PeriodLockDate": self.period_lock} if self.period_lock else {})

    @property
    def accounts(self) -> list[dict[str, Any]]:
        return [
            account(BANK, "090", "Business Account", "BANK", "ASSET", "NONE"),
            account(SALES, "200", "Sales", "REVENUE", "REVENUE", "OUTPUT2"),
            account(RENT, "469", "Rent", "EXPENSE", "EXPENSE", "INPUT2"),
        ]

    @property
    def tax_rates(self) -> list[dict[str, Any]]:
        return [
            tax_rate("OUTPUT2", "15% GST on Income", 15.0),
            tax_rate("INPUT2", "15% GST on Expenses", 15.0),
            tax_rate("NONE", "No GST", 0.0),
        ]

    @property
    def currencies(self) -> list[dict[str, Any]]:
        return [
            {"Code": "NZD", "Description": "New Zealand Dollar"},
            {"Code": "USD", "Description": "United States Dollar"},
        ]

    @property
    def tracking_categories(self) -> list[dict[str, Any]]:
        option = {"TrackingOptionID": "7a000000-0000-4000-8000-000000000002", "Name": "North", "Status": "ACTIVE"}
        id_ = "7a000000-0000-4000-8000-000000000001"
        return [{"Name": "Region", "Status": "ACTIVE", "TrackingCategoryID": id_, "Options": [option]}]

    @property
    def items(self) -> list[dict[str, Any]]:
        return [
            {
                "ItemID": "17e00000-0000-4000-8000-000000000001",
                "Code": "WIDGET",
                "Name": "Widget",
                "Description": "A widget",
                "UpdatedDateUTC": LOADED,
                "PurchaseDetails": {},
                "SalesDetails": {"UnitPrice": Decimal("12.3456"), "AccountCode": "200", "TaxType": "OUTPUT2"},
                "IsTrackedAsInventory": False,
                "IsSold": True,
                "IsPurchased": False,
            }
        ]

    @property
    def quotes(self) -> list[dict[str, Any]]:
        return [quote()]

    @property
    def overpayments(self) -> list[dict[str, Any]]:
        return [credit("OverpaymentID", OVERPAYMENT, "RECEIVE-OVERPAYMENT")]

    @property
    def prepayments(self) -> list[dict[str, Any]]:
        return [credit("PrepaymentID", PREPAYMENT, "RECEIVE-PREPAYMENT")]
