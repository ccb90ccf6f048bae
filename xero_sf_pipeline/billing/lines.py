"""The lines of a deal's invoices: what is sold, at which price, to which account, with which tax and tracking.

Every code is looked up by itself: the most specific rule with conditions that names it, else what Xero holds of the
item and the contact, else a rule without conditions; a tax type last from the account. Belongs here: codes, their
checks, and the lines of one instalment. Does not belong here: how much an instalment is (`instalments.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from xero_sf_pipeline.billing.conditions import lines_rules
from xero_sf_pipeline.billing.facts import Contact, Deal, DealLine, Organisation, TrackingOption
from xero_sf_pipeline.billing.money import PRICE_STEP, line_amount, line_tax, to_cents
from xero_sf_pipeline.billing.reasons import Held, Hold

if TYPE_CHECKING:
    from xero_sf_pipeline.policy.billing import BillingRules, LineRule

DESCRIPTION_MAX = 4000
TRACKING_MAX = 2
"""Limits of a line item in the Accounting API."""

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A line as Xero gets it, with the amount and the tax that Xero will work out, and why it has its codes."""

    line_number: int
    item_code: str | None
    description: str
    quantity: Decimal
    unit_amount: Decimal
    discount_rate: Decimal | None
    account_code: str
    tax_type: str | None
    effective_rate: Decimal
    tracking: tuple[TrackingOption, ...]
    amount_line: Decimal
    amount_tax: Decimal
    rule: str


def deal_lines(
    deal: Deal, organisation: Organisation, contact: Contact | None, rules: BillingRules
) -> list[InvoiceLine]:
    """Return the lines of the whole deal; one line when it has no products.

    Raises:
        Held: a line is incomplete, or names something that the organisation does not have.
    """
    if not deal.lines:
        amount = to_cents(deal.amount or Decimal(0))
        return [_line(deal, None, organisation, contact, rules, deal.opportunity_name, _ONE, amount, None)]
    lines = []
    for line in deal.lines:
        item = organisation.items.get(line.product_code or "")
        words = (line.description, line.line_name, line.product_name, item.description if item else None)
        description = next((text for text in words if text and text.strip()), deal.opportunity_name)
        lines.append(_line(deal, line, organisation, contact, rules, description, *_price(line)))
    return lines


def instalment_lines(
    lines: Sequence[InvoiceLine], parts: Sequence[Decimal], words: str, amounts_are: str
) -> list[InvoiceLine]:
    """Return the lines of one invoice of several: each line's part of its amount, discounts already taken off.

    The quantity stays when a price of four decimals gives the part to the cent; else it is one unit of the part.
    """
    shown: list[InvoiceLine] = []
    for line, part in zip(lines, parts, strict=True):
        if part == 0:
            continue
        price = (part / line.quantity).quantize(PRICE_STEP) if line.quantity else part
        keeps = line.quantity != 0 and line_amount(line.quantity, price, None) == part
        shown.append(
            replace(
                line,
                line_number=len(shown) + 1,
                description=_cut(f"{line.description} ({words})"),
                quantity=line.quantity if keeps else _ONE,
                unit_amount=price if keeps else part,
                discount_rate=None,
                amount_line=part,
                amount_tax=line_tax(part, line.effective_rate, amounts_are),
            )
        )
    return shown


def _price(line: DealLine) -> tuple[Decimal, Decimal, Decimal | None]:
    """Quantity, unit price and discount that give Salesforce's total of the line; one unit of the total if none do."""
    total = None if line.amount_total is None else to_cents(line.amount_total)
    if line.quantity is None or line.amount_unit is None:
        if total is None:
            raise Held(Hold.LINE_INCOMPLETE, f"Line {line.line_number} has neither quantity and price nor a total.")
        return _ONE, total, None
    price = line.amount_unit.quantize(PRICE_STEP)
    discount = line.discount_rate if line.discount_rate else None
    if total is None or line_amount(line.quantity, price, discount) == total:
        return line.quantity, price, discount
    return _ONE, total, None


def _line(
    deal: Deal,
    line: DealLine | None,
    organisation: Organisation,
    contact: Contact | None,
    rules: BillingRules,
    description: str,
    quantity: Decimal,
    unit_amount: Decimal,
    discount_rate: Decimal | None,
) -> InvoiceLine:
    number = line.line_number if line else 1
    names = (organisation.tenant_id, organisation.organisation_name)
    contact_names = (contact.contact_key, contact.xero_contact_id, contact.contact_name or "") if contact else ()
    applying, otherwise = lines_rules(rules.lines, deal, line, names, contact_names)
    item_code = _item_code(line, organisation)
    account_code, account_by = _account(applying, otherwise, organisation, contact, item_code, number)
    tax_type, tax_by = None, ""
    rate = Decimal(0)
    if rules.amounts.value != "no_tax":
        tax_type, tax_by = _tax_type(applying, otherwise, organisation, contact, item_code, account_code, number)
        rate = organisation.tax_rates[tax_type][1]
    tracking, tracked = _tracking([*applying, *otherwise], organisation, number)
    amount = line_amount(quantity, unit_amount, discount_rate)
    said = [f"account {account_code} by {account_by}", *([f"tax {tax_type} by {tax_by}"] if tax_type else []), *tracked]
    return InvoiceLine(
        line_number=number,
        item_code=item_code,
        description=_cut(description),
        quantity=quantity,
        unit_amount=unit_amount,
        discount_rate=discount_rate,
        account_code=account_code,
        tax_type=tax_type,
        effective_rate=rate,
        tracking=tracking,
        amount_line=amount,
        amount_tax=line_tax(amount, rate, rules.amounts.value),
        rule=", ".join(said),
    )


def _item_code(line: DealLine | None, organisation: Organisation) -> str | None:
    if line is None or not line.product_code:
        return None
    item = organisation.items.get(line.product_code)
    if item is None or not item.is_sold:
        problem = "has no item with that code" if item is None else "does not sell the item with that code"
        raise Held(
            Hold.ITEM_UNKNOWN,
            f"Line {line.line_number} sells product {line.product_code}; {organisation.organisation_name} {problem}.",
        )
    return item.item_code


def _account(
    applying: Sequence[LineRule],
    otherwise: Sequence[LineRule],
    organisation: Organisation,
    contact: Contact | None,
    item_code: str | None,
    number: int,
) -> tuple[str, str]:
    item = organisation.items.get(item_code or "")
    found = [
        *((rule.account_code, f"rule `{rule.name}`") for rule in applying),
        (item.sales_account_code if item else None, "the item"),
        (contact.sales_account_code if contact else None, "the contact"),
        *((rule.account_code, f"rule `{rule.name}`") for rule in otherwise),
    ]
    code, by = next(((given, by) for given, by in found if given), (None, ""))
    if code is None:
        raise Held(
            Hold.LEDGER_ACCOUNT_MISSING,
            f"Line {number} has no account: no rule of billing.lines, no item and no contact of Xero names one.",
        )
    status = organisation.accounts.get(code, (None, None))[0]
    where = f"in {organisation.organisation_name}"
    if status is None:
        raise Held(Hold.LEDGER_ACCOUNT_UNKNOWN, f"Line {number}: account {code} ({by}) does not exist {where}.")
    if status != "ACTIVE":
        raise Held(Hold.LEDGER_ACCOUNT_ARCHIVED, f"Line {number}: account {code} ({by}) is {status.lower()} {where}.")
    return code, by


def _tax_type(
    applying: Sequence[LineRule],
    otherwise: Sequence[LineRule],
    organisation: Organisation,
    contact: Contact | None,
    item_code: str | None,
    account_code: str,
    number: int,
) -> tuple[str, str]:
    item = organisation.items.get(item_code or "")
    found = [
        *((rule.tax_type, f"rule `{rule.name}`") for rule in applying),
        (contact.sales_tax_type if contact else None, "the contact"),
        (item.sales_tax_type if item else None, "the item"),
        *((rule.tax_type, f"rule `{rule.name}`") for rule in otherwise),
        (organisation.accounts[account_code][1], f"account {account_code}"),
    ]
    tax_type, by = next(((given, by) for given, by in found if given), (None, ""))
    if tax_type is None:
        raise Held(
            Hold.TAX_TYPE_MISSING, f"Line {number} has no tax type: no rule, contact, item or account names one."
        )
    status = organisation.tax_rates.get(tax_type, (None,))[0]
    if status != "ACTIVE":
        problem = "does not exist" if status is None else f"is {status.lower()}"
        raise Held(
            Hold.TAX_TYPE_UNKNOWN,
            f"Line {number}: tax type {tax_type} ({by}) {problem} in {organisation.organisation_name}.",
        )
    return tax_type, by


def _tracking(
    applying: Sequence[LineRule], organisation: Organisation, number: int
) -> tuple[tuple[TrackingOption, ...], list[str]]:
    chosen: dict[str, tuple[str, str, str]] = {}
    for rule in applying:
        for category, option in rule.tracking.items():
            chosen.setdefault(category.casefold(), (category, option, rule.name))
    if len(chosen) > TRACKING_MAX:
        raise Held(
            Hold.TRACKING_TOO_MANY,
            f"Line {number} would have {len(chosen)} tracking categories "
            f"({', '.join(category for category, _, _ in chosen.values())}); Xero allows {TRACKING_MAX}.",
        )
    options, said = [], []
    for category, option, name in chosen.values():
        found = organisation.tracking.get((category.casefold(), option.casefold()))
        if found is None or not found.is_active:
            problem = "does not exist" if found is None else "is archived"
            raise Held(
                Hold.TRACKING_UNKNOWN,
                f"Line {number}: tracking option {category} {option} (rule `{name}`) {problem} in "
                f"{organisation.organisation_name}.",
            )
        options.append(found)
        said.append(f"{found.category_name} {found.option_name} by rule `{name}`")
    return tuple(options), said


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= DESCRIPTION_MAX else text[: DESCRIPTION_MAX - 1].rstrip() + "…"
