"""Limits above which a whole plan waits for a person.

Writes that a person has already decided about do not count, so approving them one by one releases the plan. Belongs
here: comparing totals with the policy's limits. Does not belong here: counting (`sql/plan/kind_totals.sql`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from xero_sf_pipeline.planning.kinds import WriteKind

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import Guards

_DEFAULT_CURRENCY = "default"
_MIRRORING = frozenset({WriteKind.XERO_INVOICE_UPSERT, WriteKind.ACCOUNT_UPDATE, WriteKind.OPPORTUNITY_UPDATE})
"""Kinds that copy facts of Xero: switching them on is a large plan that harms nobody."""


@dataclass(frozen=True)
class KindTotal:
    """Undecided writes of one kind in one currency."""

    kind: str
    currency_code: str | None
    write_count: int
    amount: Decimal | None


@dataclass(frozen=True)
class ExistingRecords:
    """What there is that a plan could touch, and how large recent plans were (None: there was none)."""

    contact_count: int
    open_case_count: int
    closed_case_count: int
    overdue_invoice_count: int
    recent_maximum: int | None

    def of_kind(self, kind: WriteKind) -> int:
        match kind:
            case WriteKind.ACCOUNT_CREATE | WriteKind.ACCOUNT_LINK:
                return self.contact_count
            case WriteKind.CASE_OPEN:
                return self.overdue_invoice_count
            case WriteKind.CASE_REOPEN:
                return self.closed_case_count
            case WriteKind.CASE_UPDATE | WriteKind.CASE_ESCALATE | WriteKind.CASE_CLOSE:
                return self.open_case_count
        return 0


def stale_mirror(
    guards: Guards, totals: Sequence[KindTotal], read_at: Mapping[str, datetime | None], now: datetime
) -> list[str]:
    """Return a sentence per Salesforce object that was not read lately; empty when nothing waits to be written.

    A plan made before Salesforce was read would create again what is there.
    """
    if not totals:
        return []
    oldest = now - timedelta(hours=guards.max_mirror_age_hours)
    stale = {name: at for name, at in read_at.items() if at is None or at < oldest}
    return [
        f"Salesforce {name} were {f'last read at {at:%Y-%m-%d %H:%M} UTC' if at else 'never read'} "
        "(guards.max_mirror_age_hours): run `xero-sf sync`"
        for name, at in sorted(stale.items())
    ]


def tripped_guards(guards: Guards, totals: Sequence[KindTotal], existing: ExistingRecords) -> list[str]:
    """Return a sentence per guard that holds the plan; empty when it may go."""
    counts: dict[WriteKind, int] = defaultdict(int)
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for total in totals:
        counts[WriteKind(total.kind)] += total.write_count
        if total.currency_code is not None and total.amount is not None:
            amounts[total.currency_code] += total.amount
    tripped = []
    for kind, count in sorted(counts.items()):
        if count > guards.max_writes[kind]:
            tripped.append(f"{count} writes of {kind}, guards.max_writes allows {guards.max_writes[kind]}")
        share, base = guards.share.max_share.get(kind), existing.of_kind(kind)
        if share is not None and count > guards.share.above_count and base and Decimal(count) / base > share:
            tripped.append(f"{kind} touches {count} of {base} records, guards.share.max_share allows {share:.0%}")
    for currency, amount in sorted(amounts.items()):
        limit = guards.max_amount.get(currency, guards.max_amount.get(_DEFAULT_CURRENCY))
        if limit is not None and amount > limit:
            tripped.append(f"the writes are about {amount:,.2f} {currency}, guards.max_amount allows {limit:,.2f}")
    whole, growth = sum(count for kind, count in counts.items() if kind not in _MIRRORING), guards.growth
    if existing.recent_maximum is not None and whole > growth.above_count:
        allowed = growth.times_recent_maximum * existing.recent_maximum
        if whole > allowed:
            tripped.append(
                f"{whole} writes, guards.growth allows {growth.times_recent_maximum} times the recent maximum "
                f"of {existing.recent_maximum}"
            )
    return tripped
