"""One way to each system and tenant, opened when something goes there first.

Belongs here: which delivery carries a write. Does not belong here: what a delivery does (`delivery.py`,
`xero_delivery.py`) and what stops it (`push.py` keeps that).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.pushing.calls import CountedTarget, Tally
from xero_sf_pipeline.pushing.delivery import Delivery
from xero_sf_pipeline.pushing.journal import Journal
from xero_sf_pipeline.pushing.ledger import Unsettled
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.recovery import recover
from xero_sf_pipeline.pushing.stop import PushStopped
from xero_sf_pipeline.pushing.target import SalesforceTarget
from xero_sf_pipeline.pushing.writes import SALESFORCE, Lane, Write
from xero_sf_pipeline.pushing.xero_delivery import XeroDelivery
from xero_sf_pipeline.pushing.xero_target import CountedXero, XeroTargets


class Lanes:
    """The deliveries of one push."""

    def __init__(
        self,
        salesforce: SalesforceTarget,
        xero: XeroTargets | None,
        journal: Journal,
        clock: Clock,
        pacing: Pacing,
        tally: Tally,
        may_write: Callable[[], None],
        progress: Callable[[Sequence[Write]], None],
    ) -> None:
        self._target = CountedTarget(salesforce, tally, may_write)
        self._salesforce = Delivery(self._target, journal, pacing, progress)
        self._open_xero = xero
        self._journal = journal
        self._clock = clock
        self._pacing = pacing
        self._tally = tally
        self._may_write = may_write
        self._progress = progress
        self._cursors: Mapping[tuple[str, str], datetime] = {}
        self._xero: dict[str, XeroDelivery] = {}

    def know(self, cursors: Mapping[tuple[str, str], datetime]) -> None:
        """Take up to which instant the mirror knows each collection of Xero, by (tenant id, entity)."""
        self._cursors = cursors

    def deliver(self, lane: Lane, wave: Sequence[Write]) -> None:
        """Send a wave. Raises PushStopped when nothing more can be sent to this lane now."""
        if lane.system == SALESFORCE:
            self._salesforce.deliver(wave)
        else:
            self._tenant(lane).deliver(wave)

    def recover(self, lane: Lane, leftovers: Sequence[Unsettled]) -> None:
        """Settle what an earlier push left open. Raises PushStopped when the lane cannot be asked."""
        if lane.system == SALESFORCE:
            recover(
                leftovers,
                self._clock.now(),
                target=self._target,
                journal=self._journal,
                settlement=self._salesforce.settlement,
                bulk=self._salesforce.bulk,
            )
        else:
            self._tenant(lane).recover(leftovers, self._clock.now())

    def _tenant(self, lane: Lane) -> XeroDelivery:
        if self._open_xero is None:
            raise PushStopped("This push has no access to Xero.", remedy="Start it with `xero-sf push`.")
        if lane.tenant_id not in self._xero:
            self._xero[lane.tenant_id] = XeroDelivery(
                CountedXero(self._open_xero(lane.tenant_id), self._tally, self._may_write),
                self._journal,
                self._clock,
                self._pacing,
                {entity: at for (tenant_id, entity), at in self._cursors.items() if tenant_id == lane.tenant_id},
                self._progress,
            )
        return self._xero[lane.tenant_id]
