"""Which rule of the policy applies: the one with the most conditions that hold; of equals the first.

Belongs here: comparing conditions with a deal and its line. Does not belong here: what a rule says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from xero_sf_pipeline.billing.facts import Deal, DealLine

if TYPE_CHECKING:
    from xero_sf_pipeline.policy.billing import DealConditions, LineConditions


class DealRule(Protocol):
    """A rule about deals."""

    @property
    def name(self) -> str: ...
    @property
    def when(self) -> DealConditions: ...


class LineRuleLike(Protocol):
    """A rule about lines."""

    @property
    def name(self) -> str: ...
    @property
    def when(self) -> LineConditions: ...


OfDeals = TypeVar("OfDeals", bound=DealRule)
OfLines = TypeVar("OfLines", bound=LineRuleLike)


def deal_score(when: DealConditions, deal: Deal, organisation: Sequence[str] = ()) -> int | None:
    """Return how many conditions hold, or None when one does not.

    Args:
        organisation: names of the organisation that bills the deal: its tenant id and its name; empty while unknown.
    """
    asked: list[bool] = []
    for wanted, present in (
        (when.record_types, (deal.record_type,)),
        (when.types, (deal.opportunity_type,)),
        (when.currencies, (deal.currency_code,)),
        (when.countries, deal.account_countries),
        (when.organisations, organisation),
    ):
        if wanted:
            asked.append(_any_of(wanted, present))
    asked += [_any_of(values, (deal.fields.get(field),)) for field, values in when.fields.items()]
    if when.amount_from is not None:
        asked.append(deal.amount is not None and deal.amount >= when.amount_from)
    if when.amount_to is not None:
        asked.append(deal.amount is not None and deal.amount <= when.amount_to)
    return len(asked) if all(asked) else None


def line_score(
    when: LineConditions, deal: Deal, line: DealLine | None, organisation: Sequence[str], contact: Sequence[str]
) -> int | None:
    """As `deal_score`, for a line; a deal without products has None for its one line."""
    score = deal_score(when, deal, organisation)
    if score is None:
        return None
    product = (line.product_code, line.product_name) if line else ()
    asked = [
        _any_of(wanted, present)
        for wanted, present in (
            (when.products, product),
            (when.families, (line.family,) if line else ()),
            (when.contacts, contact),
        )
        if wanted
    ]
    return score + len(asked) if all(asked) else None


def deal_rule(rules: Iterable[OfDeals], deal: Deal, organisation: Sequence[str] = ()) -> OfDeals | None:
    """Return the rule about deals that applies, or None."""
    return _best((rule, deal_score(rule.when, deal, organisation)) for rule in rules)


def lines_rules(
    rules: Iterable[OfLines], deal: Deal, line: DealLine | None, organisation: Sequence[str], contact: Sequence[str]
) -> tuple[list[OfLines], list[OfLines]]:
    """Return the rules about lines that apply, the most specific first, and apart from them those without conditions.

    The latter say what holds when nothing else does: what Xero says of the item or the contact comes before them.
    """
    scored = [(rule, line_score(rule.when, deal, line, organisation, contact)) for rule in rules]
    specific = [(rule, score) for rule, score in scored if score]
    specific.sort(key=lambda pair: -pair[1])
    return [rule for rule, _ in specific], [rule for rule, score in scored if score == 0]


RuleT = TypeVar("RuleT")


def _best(scored: Iterable[tuple[RuleT, int | None]]) -> RuleT | None:
    best: RuleT | None = None
    most = -1
    for rule, score in scored:
        if score is not None and score > most:
            best, most = rule, score
    return best


def _any_of(wanted: Iterable[str], present: Iterable[str | None]) -> bool:
    found = {value.casefold() for value in present if value}
    return any(value.casefold() in found for value in wanted)
