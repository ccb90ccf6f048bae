"""The rest of the Salesforce org: users, products, price book, opportunities, cases.

Belongs here: records that are not accounts or people. Does not belong here: anything that the pipeline itself would
write; no record carries a Xero id, and the cases are people's own work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Final

from xero_sf_pipeline.sandbox.company.documents import Invoice
from xero_sf_pipeline.sandbox.company.ids import SalesforceIds, stream
from xero_sf_pipeline.sandbox.company.money import BASE_RATE, rate_on
from xero_sf_pipeline.sandbox.company.organisations import ITEMS, Settings
from xero_sf_pipeline.sandbox.company.parties import pick
from xero_sf_pipeline.sandbox.company.salesforce_shapes import ACTIVE_OWNERS, OrgIds, system_fields
from xero_sf_pipeline.sandbox.company.spec import CompanySpec, Row

PEOPLE: Final = (
    ("Integration", "User"), ("Morgan", "Admin"), ("Priya", "Nair"), ("Tom", "Ellery"), ("Grace", "Okafor"),
    ("Daniel", "Frost"), ("Ana", "Marques"), ("Hugh", "Linley"), ("Mei", "Tan"), ("Jack", "Rowland"), 
    ("Sofia", "Lindqvist"),
    ("Ruth", "Calder"), ("Colin", "Departed"), ("Wendy", "Gone"),
)  # fmt: skip
_STAGES: Final = (
    ("Prospecting", 10), ("Qualification", 10), ("Needs Analysis", 20), ("Value Proposition", 50),
    ("Proposal/Price Quote", 75), ("Negotiation/Review", 90),
)  # fmt: skip
_SUBJECTS: Final = (
    "Delivery arrived damaged", "Wrong colour delivered", "Chair gas lift broken", "Request for a new price list",
    "Change of delivery address", "Desk booking login does not work", "Missing parts in delivery", "Care plan question",
    "Lamp flickers", "Installation date needs to move",
)  # fmt: skip
NO_CODE: Final = frozenset({"SOFA-2", "PLANT-MON"})
"""Items that nobody made a product for."""


ORG_CURRENCIES: Final = ("AUD", "CHF", "EUR", "GBP", "NZD", "USD")
"""Currencies of an org with several; the organisations in Xero have not added Swiss francs."""


@dataclass(frozen=True)
class DealSource:
    """An account that may have deals, and its invoices (none for a prospect)."""

    account_id: str
    name: str
    owner_id: str
    invoices: Sequence[Invoice]


class SalesforceBusiness:
    """Makes the org's users, products, opportunities and cases."""

    def __init__(self, spec: CompanySpec, settings: Settings) -> None:
        self._spec = spec
        self._settings = settings
        self._ids = OrgIds.of(spec.seed)
        self._made = {
            prefix: SalesforceIds(spec.seed, prefix)
            for prefix in ("006", "00k", "500", "01t", "01s", "01u", "00e", "01L")
        }
        self._born = datetime.combine(spec.as_of - timedelta(days=1200), time(9), UTC)

    def organization(self) -> Row:
        """The org itself; a single-currency Enterprise org."""
        return {
            "Id": SalesforceIds(self._spec.seed, "00D")(0),
            "Name": "Harbour & Pine",
            "IsSandbox": False,
            "OrganizationType": "Enterprise Edition",
            "InstanceName": "GBR52",
            "TimeZoneSidKey": str(self._settings.profile.zone),
            "FiscalYearStartMonth": 4,
            "DefaultLocaleSidKey": "en_GB",
            "TrialExpirationDate": None,
        } | system_fields(self._ids.user(1), self._born, self._born)

    def currency_types(self) -> list[Row]:
        """The currencies of an org with several: the first organisation's is the corporate one.

        `ConversionRate` is units of the currency for one unit of the corporate currency.
        """
        base = self._settings.profile.currency
        return [
            {
                "Id": self._made["01L"](n),
                "IsoCode": code,
                "ConversionRate": round(rate_on(base, code, self._spec.as_of.toordinal()) / BASE_RATE, 6),
                "DecimalPlaces": 2,
                "IsActive": True,
                "IsCorporate": code == base,
            }
            | system_fields(self._ids.user(1), self._born, self._born)
            for n, code in enumerate(sorted({base, *ORG_CURRENCIES}))
        ]

    def users(self) -> list[Row]:
        """The integration user, an administrator, ten sales people, two who left."""
        rows = []
        for n, (first, last) in enumerate(PEOPLE):
            changed = self._born + timedelta(days=n)
            rows.append(
                {
                    "Id": self._ids.user(n),
                    "Username": f"{first}.{last}@harbourpine.example".lower(),
                    "FirstName": first,
                    "LastName": last,
                    "Name": f"{first} {last}",
                    "Email": f"{first}.{last}@harbourpine.example".lower(),
                    "Alias": f"{first[0]}{last}"[:8].lower(),
                    "IsActive": n < 2 + ACTIVE_OWNERS,
                    "ProfileId": self._made["00e"](min(n, 2)),
                    "UserType": "Standard",
                    "TimeZoneSidKey": str(self._settings.profile.zone),
                    "LocaleSidKey": "en_GB",
                    "EmailEncodingKey": "UTF-8",
                    "LanguageLocaleKey": "en_US",
                }
                | system_fields(self._ids.user(1), self._born, changed)
            )
        return rows

    def products(self) -> list[Row]:
        """One product per item, but for a few items without product and a product without item."""
        rows = []
        for n, item in enumerate(ITEMS):
            if item.code not in NO_CODE:
                rows.append(self.product(n, item.name, item.code, item.family))
        rows.append(
            self.product(len(ITEMS), "Wall planner (discontinued)", "WALL-PLAN", "Consumables", is_active=False)
        )
        return rows

    def pricebooks(self) -> list[Row]:
        """The standard price book."""
        return [
            {
                "Id": self._made["01s"](0),
                "Name": "Standard Price Book",
                "IsActive": True,
                "IsStandard": True,
                "IsDeleted": False,
            }
            | system_fields(self._ids.user(1), self._born, self._born)
        ]

    def pricebook_entries(self) -> list[Row]:
        """Standard prices to the cent; one in nine differs from the Xero item's."""
        rows = []
        for product in self.products():
            code = product["ProductCode"]
            cents = next((item.price // 100 for item in ITEMS if item.code == code), 1_250)
            n = next((n for n, item in enumerate(ITEMS) if item.code == code), len(ITEMS))
            rows.append(self.pricebook_entry(n, product, cents * 105 // 100 if n % 9 == 4 else cents))
        return rows

    @property
    def standard_pricebook_id(self) -> str:
        """The id of the standard price book."""
        return self._made["01s"](0)

    def opportunities(self, sources: Sequence[DealSource]) -> tuple[list[Row], list[Row]]:
        """Deals and their product lines: some won and invoiced, some won and not invoiced yet, some open, some lost."""
        rng = stream(self._spec.seed, "opportunities")
        deals: list[Row] = []
        lines: list[Row] = []
        for source in sources:
            billed = [
                invoice for invoice in source.invoices if invoice.is_sale and invoice.status in ("AUTHORISED", "PAID")
            ]
            for invoice in billed[:: max(1, len(billed) // 3)][:3]:
                if rng.random() < 0.45:
                    deals.append(self._won_and_billed(rng, source, invoice, len(deals), lines))
            if rng.random() < 0.5:
                deals.append(self._other_deal(rng, source, len(deals)))
        return deals, lines

    def cases(self, sources: Sequence[DealSource]) -> list[Row]:
        """People's own cases: service matters, and a few that somebody opened by hand about an unpaid invoice."""
        rng = stream(self._spec.seed, "cases")
        today = datetime.combine(self._spec.as_of, time(), UTC)
        rows: list[Row] = []
        for source in sources:
            unpaid = [
                invoice
                for invoice in source.invoices
                if invoice.is_sale and invoice.status == "AUTHORISED" and invoice.due < self._spec.as_of.toordinal()
            ]
            if rng.random() < 0.08:
                opened = today - timedelta(seconds=rng.randrange(86_400, 86_400 * 400))
                rows.append(self._case(len(rows), source, pick(rng, _SUBJECTS), opened, rng.random() < 0.85, rng))
            if unpaid and rng.random() < 0.05:
                opened = today - timedelta(seconds=rng.randrange(3_600, 86_400 * 10))
                subject = f"Please chase {unpaid[0].number}, still not paid"
                rows.append(self._case(len(rows), source, subject, opened, False, rng))
        return rows

    # -- single records

    def pricebook_entry(self, n: int, product: Row, cents: int) -> Row:
        """A product's price in the standard price book."""
        return {
            "Id": self._made["01u"](n),
            "Pricebook2Id": self.standard_pricebook_id,
            "Product2Id": product["Id"],
            "Name": product["Name"],
            "ProductCode": product["ProductCode"],
            "UnitPrice": cents / 100,
            "IsActive": product["IsActive"],
            "UseStandardPrice": False,
            "IsDeleted": False,
        } | system_fields(self._ids.user(1), self._born, self._born)

    def product(self, n: int, name: str, code: str, family: str, *, is_active: bool = True) -> Row:
        """A product; without a code when that is empty."""
        return {
            "Id": self._made["01t"](n),
            "Name": name,
            "ProductCode": code or None,
            "Family": family,
            "IsActive": is_active,
            "Description": name,
            "IsDeleted": False,
        } | system_fields(self._ids.user(1), self._born, self._born)

    def _won_and_billed(self, rng: Random, source: DealSource, invoice: Invoice, n: int, lines: list[Row]) -> Row:
        close = datetime.fromordinal(invoice.issued).date() - timedelta(days=1 + int(rng.random() * 14))
        row = self.deal(n, source, f"{source.name} - {ITEMS[invoice.lines[0].item].name}", "Closed Won", 100, close)
        row["Amount"] = invoice.subtotal / 100
        if n % 2 == 0 and all(line.unit_price % 100 == 0 for line in invoice.lines):
            row["Pricebook2Id"] = self._made["01s"](0)
            row["HasOpportunityLineItem"] = True
            total = 0
            for line in invoice.lines:
                product = line.item if ITEMS[line.item].code not in NO_CODE else 0
                total += line.amount
                lines.append(
                    {
                        "Id": self._made["00k"](len(lines)),
                        "OpportunityId": row["Id"],
                        "PricebookEntryId": self._made["01u"](product),
                        "Product2Id": self._made["01t"](product),
                        "ProductCode": ITEMS[product].code,
                        "Name": f"{row['Name']} {ITEMS[product].name}"[:376],
                        "Quantity": line.quantity / 100,
                        "UnitPrice": line.unit_price / 10_000,
                        "TotalPrice": line.amount / 100,
                        "Discount": line.discount // 100 / 100 if line.discount else None,
                        "Description": line.description,
                        "IsDeleted": False,
                    }
                    | {key: row[key] for key in STAMPS}
                )
            row["Amount"] = total / 100
        row["ExpectedRevenue"] = row["Amount"]
        return row

    def _other_deal(self, rng: Random, source: DealSource, n: int) -> Row:
        point = rng.random()
        item = pick(rng, ITEMS)
        name = f"{source.name} - {item.name}"
        amount = (int(rng.random() ** 2 * 3_000_000) + 25_000) // 50 * 50
        if point < 0.25:
            close = self._spec.as_of - timedelta(days=int(rng.random() * 40) + 1)
            row = self.deal(n, source, name, "Closed Won", 100, close)
        elif point < 0.45:
            close = self._spec.as_of - timedelta(days=int(rng.random() * 300) + 1)
            row = self.deal(n, source, name, "Closed Lost", 0, close)
        else:
            stage, probability = pick(rng, _STAGES)
            close = self._spec.as_of + timedelta(days=int(rng.random() * 120) - 10)
            row = self.deal(n, source, name, stage, probability, close)
        row["Amount"] = amount / 100
        row["ExpectedRevenue"] = amount * row["Probability"] // 100 / 100
        return row

    def deal(self, n: int, source: DealSource, name: str, stage: str, probability: int, close: object) -> Row:
        """An opportunity without an amount."""
        is_closed = stage.startswith("Closed")
        created = min(
            datetime.combine(self._spec.as_of - timedelta(days=2), time(10), UTC),
            datetime.fromisoformat(f"{close}T09:00:00+00:00") - timedelta(days=45 + n % 30),
        )
        changed = min(
            datetime.combine(self._spec.as_of - timedelta(days=1), time(11), UTC),
            created + timedelta(days=20 + n % 25, minutes=n % 600),
        )
        category = "Closed" if stage == "Closed Won" else "Omitted" if is_closed else "Pipeline"
        return {
            "Id": self._made["006"](n),
            "IsDeleted": False,
            "AccountId": source.account_id,
            "Name": name[:120],
            "StageName": stage,
            "Amount": None,
            "Probability": probability,
            "ExpectedRevenue": None,
            "CloseDate": close,
            "Type": "New Customer" if n % 3 == 0 else "Existing Customer - Upgrade",
            "IsClosed": is_closed,
            "IsWon": stage == "Closed Won",
            "ForecastCategory": category,
            "ForecastCategoryName": category,
            "HasOpportunityLineItem": False,
            "Pricebook2Id": None,
            "OwnerId": source.owner_id,
        } | system_fields(source.owner_id, created, max(created, changed))

    def _case(self, n: int, source: DealSource, subject: str, opened: datetime, is_closed: bool, rng: Random) -> Row:
        latest = datetime.combine(self._spec.as_of, time(), UTC) - timedelta(minutes=5)
        closed = min(opened + timedelta(hours=2 + int(rng.random() * 200)), latest) if is_closed else None
        return {
            "Id": self._made["500"](n),
            "IsDeleted": False,
            "CaseNumber": f"{n + 1_000:08d}",
            "AccountId": source.account_id,
            "Subject": subject,
            "Description": f"{subject}. Reported by the customer.",
            "Status": "Closed" if is_closed else pick(rng, ("New", "Working")),
            "Priority": pick(rng, ("Low", "Medium", "Medium", "High")),
            "Origin": pick(rng, ("Phone", "Email", "Web")),
            "Type": "Other",
            "IsClosed": is_closed,
            "ClosedDate": closed,
            "OwnerId": source.owner_id,
        } | system_fields(source.owner_id, opened, closed or opened)


STAMPS: Final = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")
