"""Keeps every process within the limits of each API: calls at once, calls a minute, calls a day.

The counts are shared between processes through one SQLite file. Urgent work (today's poll, a push) passes backfills:
the last slot, the last tenth of each minute and the last tenth of the day are kept for it, and while urgent work waits,
other work does not start. A wait is short and bounded; a limit that lasts for hours ends in `RateLimited` at once.

Limits: Xero allows 5 calls at once, 60 a minute and 1,000 or 5,000 a day per app and organisation
(developer.xero.com, "OAuth 2.0 API limits"). Salesforce limits the calls of a rolling day per org, and 25 long calls
at once. Does not belong here: repeating a call (`retry`) and what one answer means (`failures`).
"""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from xero_sf_pipeline.clients.budget_file import BudgetFile
from xero_sf_pipeline.clients.limits import DEFAULT_LIMITS, BudgetUse, Limits, Slot
from xero_sf_pipeline.clients.usage import Usage, UsageMeter
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import RateLimited

if TYPE_CHECKING:
    from xero_sf_pipeline.settings import Settings

MINUTE_SECONDS = 60.0
LEASE_SECONDS = 1800.0
"""A slot whose owner vanished on another machine is free again after this; longer than any single call lasts."""
HEARD_VALID_SECONDS = 900.0
"""How long a remaining-calls header is believed; then a call may find out anew (windows reset at unknown times)."""
LIMIT_UNKNOWN_PAUSE_SECONDS = 900.0
"""How long to stay away after a day limit that came without Retry-After."""
URGENT_SHARE = 0.1
_URGENT_WAIT_SECONDS = 5.0
_DAY_LIMITS = frozenset({"day", "daily_requests", "daily_bulk"})


class Governor:
    """Grants slots. One instance per process and data directory; safe to use from several threads.

    Args:
        path: the shared file, see `BudgetFile`
        clock: decides which day a call belongs to and when a day's limit is over
        limits: by system; DEFAULT_LIMITS when left out
        max_wait_seconds: the longest wait for a slot before `RateLimited`
        seconds: wall time in seconds, the same in all processes; measures minutes and leases
        sleep: waits; injected by tests
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        limits: Mapping[str, Limits] | None = None,
        *,
        max_wait_seconds: float = 180.0,
        seconds: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.meter = UsageMeter()
        self._file = BudgetFile(path)
        self._clock = clock
        self._limits = DEFAULT_LIMITS if limits is None else limits
        self._max_wait_seconds = max_wait_seconds
        self._seconds = seconds
        self._sleep = sleep

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> Governor:
        """Return a governor with the limits and the file that the settings name."""
        limits = {
            "xero": Limits(
                settings.xero_concurrent_calls, settings.xero_calls_per_minute, settings.xero_daily_call_budget
            ),
            "salesforce": Limits(
                concurrent=DEFAULT_LIMITS["salesforce"].concurrent, per_day=settings.salesforce_daily_call_budget
            ),
        }
        return cls(settings.governor_file, clock, limits)

    @contextmanager
    def slot(self, system: str, tenant: str, *, urgent: bool = False) -> Iterator[Slot]:
        """Wait for permission to make one call, count it, and give the slot back at the end.

        Raises:
            RateLimited: the budget or the day's limit is used up, or no slot came free within the bounded wait.
        """
        lease_id = self._acquire(system, tenant, urgent)
        slot = Slot()
        try:
            yield slot
        finally:
            self._release(system, tenant, lease_id, slot)

    def count(self, system: str, tenant: str, usage: Usage) -> None:
        """Count calls that no limit applies to (token requests)."""
        with self._file.transaction() as connection:
            _add_to_day(connection, system, tenant, self._day(), usage, refused=0)
        self.meter.add(system, tenant, usage)

    def snapshot(self) -> list[BudgetUse]:
        """List what every tenant used today, over all processes."""
        now, day = self._clock.now().timestamp(), self._day()
        with self._file.transaction() as connection:
            self._file.drop_dead_leases(connection, self._seconds())
            rows = connection.execute(_SNAPSHOT, {"day": day}).fetchall()
        return [
            BudgetUse(
                system=system,
                tenant=tenant,
                day=day,
                calls=calls,
                refused=refused,
                bytes_in=bytes_in,
                bytes_out=bytes_out,
                daily_budget=self._limits.get(system, Limits()).per_day,
                day_remaining=day_remaining,
                in_flight=in_flight,
                blocked_limit=blocked_limit if (blocked_until or 0) > now else None,
                blocked_seconds=blocked_until - now if (blocked_until or 0) > now else None,
            )
            for (
                system,
                tenant,
                calls,
                refused,
                bytes_in,
                bytes_out,
                day_remaining,
                blocked_until,
                blocked_limit,
                in_flight,
            ) in rows
        ]

    def close(self) -> None:
        """Close the shared file."""
        self._file.close()

    def _acquire(self, system: str, tenant: str, urgent: bool) -> int:
        wait_id = uuid.uuid4().hex
        waited = 0.0
        try:
            while True:
                with self._file.transaction() as connection:
                    wait, reason = self._wait_needed(connection, system, tenant, urgent)
                    if wait is None:
                        return self._grant(connection, system, tenant, wait_id)
                    if urgent:
                        connection.execute(
                            "insert or replace into urgent_waits values (?, ?, ?, ?)",
                            [wait_id, system, tenant, self._seconds() + _URGENT_WAIT_SECONDS],
                        )
                if waited + wait > self._max_wait_seconds:
                    raise RateLimited(
                        f"No free slot for a {system} call: the limit of calls ({reason}) is used up.",
                        system=system,
                        limit=reason,
                        retry_after_seconds=wait,
                        remedy="Other runs are using the limit; run it again when they are done.",
                    )
                step = min(wait, 1.0)
                self._sleep(step)
                waited += step
        except BaseException:
            if urgent:
                with self._file.transaction() as connection:
                    connection.execute("delete from urgent_waits where wait_id = ?", [wait_id])
            raise

    def _wait_needed(
        self, connection: sqlite3.Connection, system: str, tenant: str, urgent: bool
    ) -> tuple[float | None, str]:
        """Return how long to wait (None: not at all) and for which limit, or raise when waiting would take hours."""
        now, limits, key = self._seconds(), self._limits.get(system, Limits()), [system, tenant]
        self._refuse_if_day_is_over(connection, system, tenant, urgent, limits)
        paused = connection.execute(
            "select paused_until, paused_limit from heard where system = ? and tenant = ?", key
        ).fetchone()
        if paused is not None and paused[0] > now:
            return paused[0] - now, paused[1]
        if limits.per_minute is not None:
            allowed = _share(limits.per_minute, urgent)
            connection.execute(
                "delete from calls where at <= ? or at > ?", [now - MINUTE_SECONDS, now + MINUTE_SECONDS]
            )
            recent = connection.execute(
                "select at from calls where system = ? and tenant = ? order by at desc limit ?", [*key, allowed]
            ).fetchall()
            if len(recent) >= allowed:
                return max(recent[-1][0] + MINUTE_SECONDS - now, 0.01), "minute"
        if limits.concurrent is not None:
            self._file.drop_dead_leases(connection, now)
            (held,) = connection.execute("select count(*) from leases where system = ? and tenant = ?", key).fetchone()
            allowed = limits.concurrent if urgent else max(limits.concurrent - 1, 1)
            if held >= allowed:
                return 0.02, "concurrent"
        if not urgent:
            (waiting,) = connection.execute(
                "select count(*) from urgent_waits where system = ? and tenant = ? and until > ?", [*key, now]
            ).fetchone()
            if waiting:
                return 0.02, "concurrent"
        return None, ""

    def _refuse_if_day_is_over(
        self, connection: sqlite3.Connection, system: str, tenant: str, urgent: bool, limits: Limits
    ) -> None:
        now = self._clock.now().timestamp()
        heard = connection.execute(
            "select day_remaining, heard_at, blocked_until, blocked_limit from heard where system = ? and tenant = ?",
            [system, tenant],
        ).fetchone()
        remaining, heard_at, blocked_until, blocked_limit = heard or (None, 0.0, 0.0, None)
        if blocked_until > now:
            raise self._day_is_over(system, blocked_limit or "day", blocked_until - now)
        kept = 0 if limits.per_day is None else limits.per_day - _share(limits.per_day, urgent=False)
        if not urgent and remaining is not None and now - heard_at < HEARD_VALID_SECONDS and remaining <= kept:
            raise self._day_is_over(system, "day", HEARD_VALID_SECONDS - (now - heard_at))
        if limits.per_day is None:
            return
        row = connection.execute(
            "select calls from days where system = ? and tenant = ? and day = ?", [system, tenant, self._day()]
        ).fetchone()
        if row is not None and row[0] >= _share(limits.per_day, urgent):
            clock_now = self._clock.now()
            midnight = datetime(clock_now.year, clock_now.month, clock_now.day, tzinfo=UTC) + timedelta(days=1)
            raise self._day_is_over(system, "budget", (midnight - clock_now).total_seconds())

    def _day_is_over(self, system: str, limit: str, retry_after_seconds: float) -> RateLimited:
        which = "the daily call budget of the settings" if limit == "budget" else f"the API's own limit ({limit})"
        return RateLimited(
            f"No {system} call was made: {which} is used up for about {_hours(retry_after_seconds)}.",
            system=system,
            limit=limit,
            retry_after_seconds=retry_after_seconds,
            remedy="What was stored stays stored; the next run goes on from there.",
        )

    def _grant(self, connection: sqlite3.Connection, system: str, tenant: str, wait_id: str) -> int:
        now = self._seconds()
        connection.execute("delete from urgent_waits where wait_id = ? or until < ?", [wait_id, now])
        if self._limits.get(system, Limits()).per_minute is not None:
            connection.execute("insert into calls values (?, ?, ?)", [system, tenant, now])
        _add_to_day(connection, system, tenant, self._day(), Usage(calls=1), refused=0)
        cursor = connection.execute(
            "insert into leases(system, tenant, host, pid, until) values (?, ?, ?, ?, ?)",
            [system, tenant, self._file.host, os.getpid(), now + LEASE_SECONDS],
        )
        self.meter.add(system, tenant, Usage(calls=1))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _release(self, system: str, tenant: str, lease_id: int, slot: Slot) -> None:
        cost = Usage(bytes_in=slot.bytes_in, bytes_out=slot.bytes_out)
        with self._file.transaction() as connection:
            connection.execute("delete from leases where lease_id = ?", [lease_id])
            _add_to_day(connection, system, tenant, self._day(), cost, refused=int(slot.limit is not None))
            connection.execute("insert or ignore into heard(system, tenant) values (?, ?)", [system, tenant])
            if slot.day_remaining is not None:
                connection.execute(
                    "update heard set day_remaining = ?, heard_at = ? where system = ? and tenant = ?",
                    [slot.day_remaining, self._clock.now().timestamp(), system, tenant],
                )
            if slot.limit is not None:
                self._note_refusal(connection, system, tenant, slot)
        self.meter.add(system, tenant, cost)

    def _note_refusal(self, connection: sqlite3.Connection, system: str, tenant: str, slot: Slot) -> None:
        if slot.limit in _DAY_LIMITS:
            until = self._clock.now().timestamp() + (slot.retry_after_seconds or LIMIT_UNKNOWN_PAUSE_SECONDS)
            columns = "blocked_until = ?, blocked_limit = ?"
        elif slot.retry_after_seconds is not None:
            until = self._seconds() + slot.retry_after_seconds
            columns = "paused_until = ?, paused_limit = ?"
        else:
            return
        connection.execute(
            f"update heard set {columns} where system = ? and tenant = ?",  # noqa: S608 - two fixed texts
            [until, slot.limit, system, tenant],
        )

    def _day(self) -> str:
        return self._clock.now().astimezone(UTC).date().isoformat()


_SNAPSHOT = """
select
    days.system, days.tenant, days.calls, days.refused, days.bytes_in, days.bytes_out,
    heard.day_remaining, heard.blocked_until, heard.blocked_limit,
    (select count(*) from leases where leases.system = days.system and leases.tenant = days.tenant)
from days left join heard on heard.system = days.system and heard.tenant = days.tenant
where days.day = :day
order by days.system, days.tenant
"""


def _add_to_day(
    connection: sqlite3.Connection, system: str, tenant: str, day: str, usage: Usage, *, refused: int
) -> None:
    connection.execute("insert or ignore into days(system, tenant, day) values (?, ?, ?)", [system, tenant, day])
    connection.execute(
        "update days set calls = calls + ?, refused = refused + ?, bytes_in = bytes_in + ?, bytes_out = bytes_out + ?"
        " where system = ? and tenant = ? and day = ?",
        [usage.calls, refused, usage.bytes_in, usage.bytes_out, system, tenant, day],
    )


def _share(limit: int, urgent: bool) -> int:
    """Return how much of a limit may be used: all of it by urgent work, nine tenths (at least one) by the rest."""
    return limit if urgent else max(limit - max(round(limit * URGENT_SHARE), 1), 1)


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds >= 5400 else f"{max(round(seconds / 60), 1)} minutes"
