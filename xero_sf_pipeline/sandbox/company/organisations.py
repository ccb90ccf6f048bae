"""The selling organisations: country, currency, time zone, taxes, chart of accounts, items, tracking.

Belongs here: the settings entities of a Xero organisation, in read shape. Does not belong here: contacts and documents.
The first organisation is British; New Zealand, Australia and the United States follow, then the four again.
Time zones are Windows names squashed as Xero writes them; tax types follow Xero's system names per region.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from xero_sf_pipeline.sandbox.company.dates import midnight_ms, ms_date, ms_instant
from xero_sf_pipeline.sandbox.company.ids import XeroIds, stream
from xero_sf_pipeline.sandbox.company.spec import CompanySpec, Row


@dataclass(frozen=True)
class Profile:
    """What is fixed about one selling organisation. Tax rates are in basis points (2000 = 20 %)."""

    name: str
    legal_name: str
    country: str
    version: str
    currency: str
    windows_zone: str
    zone: ZoneInfo
    year_end: tuple[int, int]
    tax_basis: str
    tax_period: str
    output_tax: str
    input_tax: str
    zero_tax: str
    tax_name: str
    tax_basis_points: int
    short_code: str
    city: str
    region: str
    postcode: str
    bank_number: str


def profiles() -> tuple[Profile, ...]:
    """The four organisations in the order in which a specification asks for them."""
    return (
        Profile(
            country="GB", currency="GBP", windows_zone="GMTSTANDARDTIME", zone=ZoneInfo("Europe/London"),
            name="Harbour & Pine Workplace",
            legal_name="Harbour & Pine Workplace Supplies Limited", version="UK", year_end=(31, 3), tax_basis="ACCRUAL",
            tax_period="QUARTERLY", output_tax="OUTPUT2", input_tax="INPUT2", zero_tax="ZERORATEDOUTPUT",
            tax_name="VAT",
            tax_basis_points=2000, short_code="!h4PwK", city="Bristol", region="Avon", postcode="BS1 6QA",
            bank_number="20000012345678",
        ),
        Profile(
            country="NZ", currency="NZD", windows_zone="NEWZEALANDSTANDARDTIME", zone=ZoneInfo("Pacific/Auckland"),
            name="Harbour & Pine NZ",
            legal_name="Harbour & Pine (New Zealand) Limited", version="NZ", year_end=(31, 3), tax_basis="INVOICE",
            tax_period="TWOMONTHS", output_tax="OUTPUT2", input_tax="INPUT2", zero_tax="ZERORATED", tax_name="GST",
            tax_basis_points=1500, short_code="!n7ZqD", city="Wellington", region="Wellington", postcode="6011",
            bank_number="0209087654321050",
        ),
        Profile(
            country="AU", currency="AUD", windows_zone="AUSEASTERNSTANDARDTIME", zone=ZoneInfo("Australia/Sydney"),
            name="Harbour & Pine Australia",
            legal_name="Harbour & Pine Australia Pty Ltd", version="AU", year_end=(30, 6), tax_basis="ACCRUALS",
            tax_period="QUARTERLY1", output_tax="OUTPUT", input_tax="INPUT", zero_tax="EXEMPTEXPORT", tax_name="GST",
            tax_basis_points=1000, short_code="!a2UsY", city="Sydney", region="NSW", postcode="2000",
            bank_number="062000123456",
        ),
        Profile(
            country="US", currency="USD", windows_zone="EASTERNSTANDARDTIME", zone=ZoneInfo("America/New_York"),
            name="Harbour & Pine Inc",
            legal_name="Harbour & Pine Workplace Inc.", version="US", year_end=(31, 12), tax_basis="ACCRUALS",
            tax_period="QUARTERLY", output_tax="TAX001", input_tax="NONE", zero_tax="NONE", tax_name="Sales Tax",
            tax_basis_points=825, short_code="!u9SbX", city="Boston", region="MA", postcode="02110",
            bank_number="123456789012",
        ),
    )  # fmt: skip


class ItemDefinition(NamedTuple):
    """One thing that is sold; the price is in ten-thousandths of the base currency."""

    code: str
    name: str
    family: str
    price: int
    account: str
    is_stocked: bool


def _items() -> tuple[ItemDefinition, ...]:
    rows = """DESK-120|Bench desk 120 cm|Furniture|189|200;DESK-160|Bench desk 160 cm|Furniture|229|200
        DESK-SIT|Sit-stand desk, electric|Furniture|489.5|200;CHAIR-TASK|Task chair|Furniture|164|200
        CHAIR-ERGO|Ergonomic chair, mesh back|Furniture|318.75|200;CHAIR-MEET|Meeting chair|Furniture|92.5|200
        TABLE-MEET|Meeting table, eight seats|Furniture|645|200;PED-3|Pedestal, three drawers|Furniture|112.4|200
        CUP-TALL|Cupboard, tall, lockable|Furniture|274.9|200;SCREEN-DESK|Desk screen 160 cm|Furniture|58.3|200
        POD-PHONE|Phone booth, acoustic|Furniture|3950|200;SOFA-2|Reception sofa, two seats|Furniture|734|200
        LAMP-LED|LED desk lamp|Lighting|38.95|200;LAMP-FLOOR|Floor lamp|Lighting|146|200
        MON-27|Monitor 27 inch|Technology|218.49|200;ARM-MON|Monitor arm|Technology|64.99|200
        DOCK-USB|Docking station|Technology|139|200;CAM-CONF|Conference camera|Technology|412|200
        PAPER-A4|Copier paper A4, box of five reams|Consumables|17.345|201;TONER-BLK|Toner, black|Consumables|71.2|201
        PEN-50|Ball pens, box of fifty|Consumables|9.6|201;FOLDER-100|Folders, pack of one hundred|Consumables|14.15|201
        LABEL-1K|Labels, one thousand|Consumables|11.825|201;CUP-PAPER|Paper cups, one thousand|Consumables|36.4|201
        COFFEE-KG|Coffee beans, 1 kg|Consumables|15.95|201;CLEAN-KIT|Screen cleaning kit|Consumables|6.75|201
        INST-DAY|Installation team, day|Services|560|202;INST-HR|Installation, hour|Services|78|202
        DESIGN-HR|Space planning, hour|Services|95|202;DELIV-STD|Delivery, standard|Services|24|202
        DELIV-2MAN|Delivery, two persons|Services|85|202;REMOVE-OLD|Removal of old furniture|Services|145|202
        CARE-MON|Care plan, month|Subscriptions|49|203;CARE-YEAR|Care plan, year|Subscriptions|540|203
        PRINT-PAGE|Managed print, page|Subscriptions|0.0085|203
        PRINT-COL|Managed print, colour page|Subscriptions|0.0625|203
        BOOK-SEAT|Desk booking, seat and month|Subscriptions|3.25|203
        PLANT-MON|Plant care, month|Subscriptions|72.5|203"""
    items = []
    for row in rows.replace("\n", ";").split(";"):
        code, name, family, price, account = row.strip().split("|")
        whole, _, part = price.partition(".")
        items.append(
            ItemDefinition(code, name, family, int(whole) * 10_000 + int(part.ljust(4, "0")), account, account == "200")
        )
    return tuple(items)


ITEMS: Final = _items()
_ACCOUNTS: Final = (
    # code, name, type, class, tax (o output, i input, n none), system account, takes payments
    ("090", "Business Bank Account", "BANK", "ASSET", "n", "", False),
    ("091", "Business Savings Account", "BANK", "ASSET", "n", "", False),
    ("200", "Sales of furniture and equipment", "REVENUE", "REVENUE", "o", "", False),
    ("201", "Sales of consumables", "REVENUE", "REVENUE", "o", "", False),
    ("202", "Services and installation", "REVENUE", "REVENUE", "o", "", False),
    ("203", "Subscriptions", "REVENUE", "REVENUE", "o", "", False),
    ("270", "Interest Income", "REVENUE", "REVENUE", "n", "", False),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", "EXPENSE", "i", "", False),
    ("400", "Advertising", "EXPENSE", "EXPENSE", "i", "", False),
    ("404", "Bank Fees", "EXPENSE", "EXPENSE", "n", "", False),
    ("412", "Consulting", "EXPENSE", "EXPENSE", "i", "", False),
    ("425", "Freight & Courier", "EXPENSE", "EXPENSE", "i", "", False),
    ("429", "General Expenses", "EXPENSE", "EXPENSE", "i", "", False),
    ("445", "Light, Power, Heating", "EXPENSE", "EXPENSE", "i", "", False),
    ("463", "IT Software and Consumables", "EXPENSE", "EXPENSE", "i", "", False),
    ("469", "Rent", "EXPENSE", "EXPENSE", "i", "", False),
    ("498", "Bad Debts", "EXPENSE", "EXPENSE", "n", "", True),
    ("610", "Accounts Receivable", "CURRENT", "ASSET", "n", "DEBTORS", False),
    ("630", "Inventory", "INVENTORY", "ASSET", "n", "", False),
    ("800", "Accounts Payable", "CURRLIAB", "LIABILITY", "n", "CREDITORS", False),
    ("820", "Sales Tax", "CURRLIAB", "LIABILITY", "n", "GST", False),
    ("860", "Rounding", "CURRLIAB", "LIABILITY", "n", "ROUNDING", False),
    ("880", "Owner Drawings", "EQUITY", "EQUITY", "n", "", True),
    ("960", "Retained Earnings", "EQUITY", "EQUITY", "n", "RETAINEDEARNINGS", False),
)
BANK_CODE: Final = "090"
BILL_ACCOUNTS: Final = ("310", "400", "412", "425", "429", "445", "463", "469")
CURRENCIES: Final = {
    "GBP": "British Pound", "EUR": "Euro", "USD": "United States Dollar", "AUD": "Australian Dollar",
    "NZD": "New Zealand Dollar",
}  # fmt: skip
_TRACKING: Final = (
    ("Region", "ACTIVE", ("North", "South", "East", "West", "Export")),
    ("Department", "ACTIVE", ("Furniture", "Technology", "Consumables", "Services")),
    ("Campaign", "ARCHIVED", ("Spring", "Autumn")),
)


class Settings:
    """The settings entities of one organisation and the ids that its documents refer to."""

    def __init__(self, spec: CompanySpec, organisation: int) -> None:
        known = profiles()
        self.profile = known[organisation % len(known)]
        self.organisation_index = organisation
        self.spec = spec
        self.tenant_id = XeroIds(spec.seed, "tenant")(organisation)
        self._ids = {kind: XeroIds(spec.seed, organisation, kind) for kind in ("account", "item", "tracking", "option")}
        self._born = midnight_ms(spec.as_of - timedelta(days=900)) + 9 * 3_600_000
        self.account_ids = {row[0]: self._ids["account"](n) for n, row in enumerate(_ACCOUNTS)}
        self.item_ids = [self._ids["item"](n) for n in range(len(ITEMS))]
        self.tracking = [
            [
                {
                    "Name": name,
                    "Option": option,
                    "TrackingCategoryID": self._ids["tracking"](n),
                    "TrackingOptionID": self._ids["option"](n * 100 + m),
                }
                for m, option in enumerate(options)
            ]
            for n, (name, _, options) in enumerate(_TRACKING)
        ]

    @property
    def born_ms(self) -> int:
        """The instant at which the organisation was set up."""
        return self._born

    @property
    def name(self) -> str:
        """The display name; a second round over the four profiles numbers them."""
        lap = self.organisation_index // len(profiles())
        return self.profile.name + (f" {lap + 1}" if lap else "")

    def connection(self) -> Row:
        """What `GET /connections` says about the tenant."""
        created = (self.spec.as_of - timedelta(days=60)).isoformat()
        return {
            "id": XeroIds(self.spec.seed, "connection")(self.organisation_index),
            "authEventId": XeroIds(self.spec.seed, "auth-event")(0),
            "tenantId": self.tenant_id,
            "tenantType": "ORGANISATION",
            "tenantName": self.name,
            "createdDateUtc": f"{created}T08:12:31.4401230",
            "updatedDateUtc": f"{created}T08:12:31.4427760",
        }

    def organisation(self) -> Row:
        """The Organisation record: the books are locked to the end of the month fourteen months back."""
        profile, as_of = self.profile, self.spec.as_of
        day, month = profile.year_end
        lock = date(as_of.year - 1 - (as_of.month <= 2), (as_of.month - 3) % 12 + 1, 1) - timedelta(days=1)
        letters = stream(self.spec.seed, "api-key", self.organisation_index)
        return {
            "APIKey": "".join(letters.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(30)),
            "Name": self.name,
            "LegalName": profile.legal_name,
            "PaysTax": True,
            "Version": profile.version,
            "OrganisationType": "COMPANY",
            "BaseCurrency": profile.currency,
            "CountryCode": profile.country,
            "IsDemoCompany": False,
            "OrganisationStatus": "ACTIVE",
            "FinancialYearEndDay": day,
            "FinancialYearEndMonth": month,
            "SalesTaxBasis": profile.tax_basis,
            "SalesTaxPeriod": profile.tax_period,
            "DefaultSalesTax": "Tax Exclusive",
            "DefaultPurchasesTax": "Tax Exclusive",
            "PeriodLockDate": ms_date(lock.toordinal()),
            "EndOfYearLockDate": ms_date(lock.toordinal()),
            "CreatedDateUTC": ms_instant(self._born),
            "OrganisationEntityType": "COMPANY",
            "Timezone": profile.windows_zone,
            "ShortCode": profile.short_code,
            "OrganisationID": self.tenant_id,
            "Edition": "BUSINESS",
            "Class": "PREMIUM",
            "Addresses": [
                {
                    "AddressType": "STREET",
                    "AddressLine1": "12 Quayside",
                    "City": profile.city,
                    "Region": profile.region,
                    "PostalCode": profile.postcode,
                    "Country": "",
                    "AttentionTo": "",
                }
            ],
            "Phones": [],
            "ExternalLinks": [],
            "PaymentTerms": {"Sales": {"Day": 30, "Type": "DAYSAFTERBILLDATE"}},
        }

    def accounts(self) -> list[Row]:
        """The chart of accounts."""
        profile = self.profile
        taxes = {"o": profile.output_tax, "i": profile.input_tax, "n": "NONE"}
        rows: list[Row] = []
        for code, name, kind, account_class, tax, system, takes_payments in _ACCOUNTS:
            row: Row = {
                "AccountID": self.account_ids[code],
                "Code": code,
                "Name": name,
                "Status": "ACTIVE",
                "Type": kind,
                "TaxType": taxes[tax],
                "Class": account_class,
                "EnablePaymentsToAccount": takes_payments,
                "ShowInExpenseClaims": kind == "EXPENSE",
                "ReportingCode": account_class[:3],
                "HasAttachments": False,
                "UpdatedDateUTC": ms_instant(self._born + 60_000 * len(rows)),
                "AddToWatchlist": False,
            }
            if kind == "BANK":
                row |= {
                    "BankAccountNumber": f"{profile.bank_number[:-1]}{len(rows)}",
                    "BankAccountType": "BANK",
                    "CurrencyCode": profile.currency,
                }
            if system:
                row["SystemAccount"] = system
            rows.append(row)
        return rows

    def tax_rates(self) -> list[Row]:
        """Sales, purchase, zero and no tax."""
        profile = self.profile
        percent = profile.tax_basis_points / 100
        text = f"{percent:g}%"
        rates = [
            (f"{text} ({profile.tax_name} on Income)", profile.output_tax, "OUTPUT", percent, True, False),
            (f"{text} ({profile.tax_name} on Expenses)", profile.input_tax, "INPUT", percent, False, True),
            ("Zero Rated Income", profile.zero_tax, "OUTPUT", 0, True, False),
            ("No Tax", "NONE", "NONE", 0, True, True),
        ]
        rows: list[Row] = []
        for name, tax_type, report, rate, on_revenue, on_expenses in rates:
            if any(row["TaxType"] == tax_type for row in rows) or (tax_type == "NONE" and rate):
                continue
            if tax_type == "NONE":
                name, report, on_revenue, on_expenses = "No Tax", "NONE", True, True
            rows.append(
                {
                    "Name": name,
                    "TaxType": tax_type,
                    "ReportTaxType": report,
                    "CanApplyToAssets": True,
                    "CanApplyToEquity": True,
                    "CanApplyToExpenses": on_expenses,
                    "CanApplyToLiabilities": True,
                    "CanApplyToRevenue": on_revenue,
                    "DisplayTaxRate": rate,
                    "EffectiveRate": rate,
                    "Status": "ACTIVE",
                    "TaxComponents": [
                        {"Name": profile.tax_name, "Rate": rate, "IsCompound": False, "IsNonRecoverable": False}
                    ],
                }
            )
        return rows

    def currencies(self) -> list[Row]:
        """All currencies that any document may use."""
        return [{"Code": code, "Description": name} for code, name in CURRENCIES.items()]

    def tracking_categories(self) -> list[Row]:
        """Two active categories and an archived one."""
        return [
            {
                "Name": name,
                "Status": status,
                "TrackingCategoryID": self._ids["tracking"](n),
                "Options": [
                    {
                        "TrackingOptionID": self.tracking[n][m]["TrackingOptionID"],
                        "Name": option,
                        "Status": status,
                        "HasValidationErrors": False,
                        "IsDeleted": False,
                        "IsArchived": status == "ARCHIVED",
                        "IsActive": status == "ACTIVE",
                    }
                    for m, option in enumerate(options)
                ],
            }
            for n, (name, status, options) in enumerate(_TRACKING)
        ]

    def items(self) -> list[Row]:
        """The price list; `UnitPrice` has up to four decimals, in base currency."""
        rows: list[Row] = []
        for n, item in enumerate(ITEMS):
            rows.append(
                {
                    "ItemID": self.item_ids[n],
                    "Code": item.code,
                    "Name": item.name,
                    "Description": item.name,
                    "PurchaseDescription": item.name if item.is_stocked else "",
                    "UpdatedDateUTC": ms_instant(self._born + 86_400_000 * (3 * n + 1)),
                    "PurchaseDetails": {
                        "UnitPrice": item.price * 6 // 10 / 10_000,
                        "AccountCode": "310",
                        "TaxType": self.profile.input_tax,
                    }
                    if item.is_stocked
                    else {},
                    "SalesDetails": {
                        "UnitPrice": item.price / 10_000,
                        "AccountCode": item.account,
                        "TaxType": self.profile.output_tax,
                    },
                    "IsTrackedAsInventory": False,
                    "IsSold": True,
                    "IsPurchased": item.is_stocked,
                }
            )
        return rows
