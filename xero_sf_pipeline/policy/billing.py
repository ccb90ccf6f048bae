"""Which won deals are billed, in which instalments, and what stands on the lines of their invoices."""

from __future__ import annotations

import datetime
from decimal import Decimal
from enum import StrEnum
from string import Formatter
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from xero_sf_pipeline.policy.fields import DEFAULT_CURRENCY, Money, MoneyByCurrency, Section, exact_number

REFERENCE_FIELDS = ("key", "purchase_order")
"""What billing.reference may be made of."""

_Percent = Annotated[Decimal, BeforeValidator(exact_number), Field(gt=0, le=100, decimal_places=4)]
_Rate = Annotated[Decimal, BeforeValidator(exact_number), Field(gt=0, max_digits=18, decimal_places=6)]
_Days = Annotated[int, Field(ge=-3650, le=3650)]
_Name = Annotated[str, Field(min_length=1, max_length=80)]
_FieldName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")]
_CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
_Values = tuple[Annotated[str, Field(min_length=1)], ...]
_FieldValues = dict[_FieldName, Annotated[_Values, Field(min_length=1)]]


class AmountsAre(StrEnum):
    """What the amounts of a deal mean for tax: Xero's LineAmountTypes."""

    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"
    NO_TAX = "no_tax"


class PlanKind(StrEnum):
    """Into which invoices a deal is split."""

    SINGLE = "single"
    PERCENTAGES = "percentages"
    MONTHLY = "monthly"
    MILESTONES = "milestones"


class BillFrom(StrEnum):
    """The day from which the dates of a plan are counted. Service date: the earliest of the deal's lines."""

    CLOSE_DATE = "close_date"
    SERVICE_DATE = "service_date"


class SeveralContacts(StrEnum):
    """What happens when an account has several contacts in the organisation that bills it."""

    PRIMARY = "primary"
    HOLD = "hold"


class LockedPeriod(StrEnum):
    """What happens to an invoice dated in a locked period. Xero takes drafts there, but cannot approve them."""

    HOLD = "hold"
    DRAFT = "draft"


class BillDate(StrEnum):
    """The date of an invoice whose planned day is over when it is made: the day on which it is made, or the planned."""

    NOT_BEFORE_TODAY = "not_before_today"
    PLANNED = "planned"


class DealConditions(Section):
    """All that are given must hold; within one, any value. Texts are compared without regard to case."""

    record_types: _Values = ()
    types: _Values = ()
    currencies: tuple[_CurrencyCode, ...] = ()
    countries: _Values = ()
    organisations: _Values = ()
    fields: _FieldValues = {}
    amount_from: Money | None = None
    amount_to: Money | None = None


class LineConditions(DealConditions):
    """Conditions of a line: its product and its contact too."""

    products: _Values = ()
    families: _Values = ()
    contacts: _Values = ()


class RoutingRule(Section):
    """Deals that fulfil the conditions are billed by this organisation."""

    name: _Name
    when: DealConditions = DealConditions()
    organisation: Annotated[str, Field(min_length=1)]


class Percentage(Section):
    """One invoice of a plan: so much of the deal, so many days after the day that the plan counts from."""

    percent: _Percent
    days: _Days = 0


class Milestone(Section):
    """One invoice of a plan: billed on the date in a field; a share, or the amount in another field."""

    name: _Name
    date_field: _FieldName
    percent: _Percent | None = None
    amount_field: _FieldName | None = None

    @model_validator(mode="after")
    def _is_worth_something(self) -> Self:
        if (self.percent is None) == (self.amount_field is None):
            raise ValueError(f"milestone {self.name}: give either percent or amount_field")
        return self


class PlanRule(Section):
    """Deals that fulfil the conditions are billed in these instalments."""

    name: _Name
    when: DealConditions = DealConditions()
    kind: PlanKind = PlanKind.SINGLE
    bill_from: BillFrom = BillFrom.CLOSE_DATE
    days: _Days = 0
    percentages: tuple[Percentage, ...] = ()
    months: Annotated[int, Field(ge=1, le=120)] | None = None
    months_field: _FieldName | None = None
    service_dates: bool = False
    milestones: tuple[Milestone, ...] = ()

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> Self:
        needed = {PlanKind.PERCENTAGES: bool(self.percentages), PlanKind.MILESTONES: bool(self.milestones)}
        for kind, is_given in needed.items():
            if is_given != (self.kind is kind):
                raise ValueError(f"plan {self.name}: {kind.value} belong to kind {kind.value}, and it needs them")
        terms = [self.months is not None, self.months_field is not None, self.service_dates]
        if sum(terms) != (1 if self.kind is PlanKind.MONTHLY else 0):
            raise ValueError(
                f"plan {self.name}: kind monthly, and no other, needs one of months, months_field, service_dates"
            )
        shares = [part.percent for part in self.percentages]
        shares += [part.percent for part in self.milestones if part.percent is not None]
        if len(shares) not in (0, len(self.percentages) + len(self.milestones)):
            raise ValueError(f"plan {self.name}: milestones are all percentages or all amounts")
        if shares and sum(shares) != 100:
            raise ValueError(f"plan {self.name}: the percentages add up to {sum(shares)}, not to 100")
        return self

    @property
    def fields(self) -> set[str]:
        """The opportunity's fields that the plan reads."""
        named = {
            self.months_field,
            *(m.date_field for m in self.milestones),
            *(m.amount_field for m in self.milestones),
        }
        return {field for field in named if field is not None}


class LineRule(Section):
    """Lines that fulfil the conditions get these codes. Account, tax and each category are looked up separately."""

    name: _Name
    when: LineConditions = LineConditions()
    account_code: Annotated[str, Field(min_length=1, max_length=10)] | None = None
    tax_type: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    tracking: Annotated[dict[str, str], Field(max_length=2)] = {}

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.account_code is None and self.tax_type is None and not self.tracking:
            raise ValueError(f"line rule {self.name}: give account_code, tax_type or tracking")
        return self


class AuthoriseRule(Section):
    """Deals that fulfil the conditions get an approved invoice instead of a draft."""

    name: _Name
    when: DealConditions = DealConditions()


class CurrencyRate(Section):
    """A rate that we state instead of Xero's of the day: units of `currency` for one of the organisation's own."""

    currency: _CurrencyCode
    rate: _Rate
    organisation: str | None = None


class ApprovalRules(Section):
    """Totals per currency from which people must agree before an invoice is sent; a missing currency has no limit."""

    above: MoneyByCurrency = {}
    four_eyes_above: MoneyByCurrency = {}


def _reference(value: str) -> str:
    try:
        names = [name for _, name, _, _ in Formatter().parse(value) if name is not None]
    except ValueError as error:
        raise ValueError(f"{error}: use {{key}} and {{purchase_order}}") from error
    wrong = [name for name in names if name not in REFERENCE_FIELDS]
    if wrong:
        raise ValueError(f"the field {{{wrong[0]}}} does not exist; allowed are {', '.join(REFERENCE_FIELDS)}")
    if value != "{key}" and not value.startswith("{key} "):
        raise ValueError("the reference must start with {key}: by it an invoice is found again and never made twice")
    return value


def _names_are_unique(rules: tuple[Any, ...]) -> tuple[Any, ...]:
    names = [rule.name for rule in rules]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ValueError(f"{', '.join(doubled)}: every rule needs a name of its own")
    return rules


_Unique = AfterValidator(_names_are_unique)


class BillingRules(Section):
    """How won deals become invoices. Off until `enabled`, and then only for deals closed from `from_close_date`.

    Without a date it is the day on which billing was first switched on, so that switching on never bills the past.
    """

    enabled: bool = False
    from_close_date: datetime.date | None = None
    only: DealConditions = DealConditions()
    routing: Annotated[tuple[RoutingRule, ...], _Unique] = ()
    default_organisation: str | None = None
    when_several_contacts: SeveralContacts = SeveralContacts.PRIMARY
    create_contacts: bool = True
    plans: Annotated[tuple[PlanRule, ...], _Unique, Field(min_length=1)] = (PlanRule(name="one invoice"),)
    amounts: AmountsAre = AmountsAre.EXCLUSIVE
    lines: Annotated[tuple[LineRule, ...], _Unique] = ()
    tolerance: MoneyByCurrency = {DEFAULT_CURRENCY: Decimal("0")}
    date: BillDate = BillDate.NOT_BEFORE_TODAY
    lead_days: Annotated[int, Field(ge=0, le=365)] = 0
    payment_days: Annotated[int, Field(ge=0, le=365)] = 30
    authorise: Annotated[tuple[AuthoriseRule, ...], _Unique] = ()
    in_locked_period: LockedPeriod = LockedPeriod.HOLD
    reference: Annotated[str, Field(min_length=5, max_length=120), AfterValidator(_reference)] = "{key}"
    purchase_order_field: _FieldName | None = None
    rates: tuple[CurrencyRate, ...] = ()
    approval: ApprovalRules = ApprovalRules()
    by_hand_days: Annotated[int, Field(ge=0, le=3650)] = 45
    not_by_hand: _Values = ()
    recreate_deleted: bool = False
    write_back: bool = True

    @model_validator(mode="after")
    def _purchase_order_is_known(self) -> Self:
        if "{purchase_order}" in self.reference and self.purchase_order_field is None:
            raise ValueError("reference names {purchase_order}: say in purchase_order_field where it stands")
        return self

    @property
    def opportunity_fields(self) -> tuple[str, ...]:
        """The fields of Opportunity that the rules read, beside those that are always read."""
        conditions: list[DealConditions] = [self.only]
        for rules in (self.routing, self.plans, self.lines, self.authorise):
            conditions += [rule.when for rule in rules]
        named = {field for condition in conditions for field in condition.fields}
        named |= {field for plan in self.plans for field in plan.fields}
        if self.purchase_order_field is not None:
            named.add(self.purchase_order_field)
        return tuple(sorted(named))
