"""The governor keeps calls within limits, shares them fairly, and refuses quickly what would take hours."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.limits import BudgetUse, Limits
from xero_sf_pipeline.clients.usage import Usage
from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.errors import ConfigError, RateLimited


class FakeTime:
    """Wall time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.slept: list[float] = []

    def seconds(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def make(path: Path, clock: FixedClock, time: FakeTime, limits: Limits, max_wait: float = 180.0) -> Governor:
    return Governor(path, clock, {"xero": limits}, max_wait_seconds=max_wait, seconds=time.seconds, sleep=time.sleep)


def call(governor: Governor, *, urgent: bool = False, tenant: str = "t1", **headers: str) -> None:
    with governor.slot("xero", tenant, urgent=urgent) as slot:
        slot.heard(headers)


def test_the_call_after_the_minute_is_full_waits_until_the_oldest_is_a_minute_old(
    tmp_path: Path, clock: FixedClock, time: FakeTime
) -> None:
    governor = make(tmp_path / "g.sqlite", clock, time, Limits(per_minute=60))
    for _ in range(60):
        call(governor, urgent=True)
    assert time.slept == []
    call(governor, urgent=True)
    assert sum(time.slept) == pytest.approx(60.0)


def test_other_work_leaves_the_last_tenth_of_the_minute_to_urgent_work(
    tmp_path: Path, clock: FixedClock, time: FakeTime
) -> None:
    governor = make(tmp_path / "g.sqlite", clock, time, Limits(per_minute=60), max_wait=0)
    for _ in range(54):
        call(governor)
    with pytest.raises(RateLimited) as refused:
        call(governor)
    assert refused.value.limit == "minute"
    call(governor, urgent=True)


def test_tenants_do_not_share_limits(tmp_path: Path, clock: FixedClock, time: FakeTime) -> None:
    governor = make(tmp_path / "g.sqlite", clock, time, Limits(per_minute=1), max_wait=0)
    call(governor, tenant="t1")
    call(governor, tenant="t2")
    with pytest.raises(RateLimited):
        call(governor, tenant="t1")


def test_the_last_concurrent_slot_is_kept_for_urgent_work(tmp_path: Path, clock: FixedClock, time: FakeTime) -> None:
    governor = make(tmp_path / "g.sqlite", clock, time, Limits(concurrent=2), max_wait=0)
    with governor.slot("xero", "t1"):
        with pytest.raises(RateLimited) as refused:
            call(governor)
        assert refused.value.limit == "concurrent"
        with governor.slot("xero", "t1", urgent=True), pytest.raises(RateLimited):
            call(governor, urgent=True)
    call(governor)


def test_a_backfill_does_not_start_a_call_while_urgent_work_waits(
    tmp_path: Path, clock: FixedClock, time: FakeTime
) -> None:
    """An urgent call waits for a slot; the moment it sleeps, a backfill tries, and must wait behind it."""
    governor = make(tmp_path / "g.sqlite", clock, time, Limits(concurrent=3), max_wait=0.05)
    refused: list[str] = []

    def backfill_tries(seconds: float) -> None:
        time.now += seconds
        held.pop().__exit__(None, None, None)  # one slot comes free
        try:
            call(other)
        except RateLimited as error:
            refused.append(error.limit)

    other = make(tmp_path / "g.sqlite", clock, time, Limits(concurrent=3), max_wait=0)
    held = [governor.slot("xero", "t1", urgent=True) for _ in range(3)]
    for slot in held:
        slot.__enter__()
    urgent = Governor(
        tmp_path / "g.sqlite", clock, {"xero": Limits(concurrent=3)}, seconds=time.seconds, sleep=backfill_tries
    )
    call(urgent, urgent=True)
    assert refused == ["concurrent"]
    for slot in held:
        slot.__exit__(None, None, None)
    call(other)


def test_the_daily_budget_of_the_settings_ends_in_a_quick_refusal_and_starts_anew_the_next_day(
    tmp_path: Path, clock: FixedClock, time: FakeTime
) -> None:
    governor = make(tmp_path / "g.sqlite", clock, time, Limits(per_day=10))
    for _ in range(9):
        call(governor)
    with pytest.raises(RateLimited) as refused:
        call(governor)
    call(governor, urgent=True)
    with pytest.raises(RateLimited):
        call(governor, urgent=True)
    assert refused.value.limit == "budget"
    assert refused.value.retry_after_seconds == 15 * 3600
    assert "15.0 hours" in str(refused.value)
    assert time.slept == []
    clock.advance(timedelta(hours=15))
    call(governor)


def test_a_day_limit_of_the_api_stops_all_processes_until_it_is_over(
    tmp_path: Path, clock: FixedClock, time: FakeTime
) -> None:
    governor = make(tmp_path / "g.sqlite", clock, time, Limits())
    with governor.slot("xero", "t1") as slot:
        slot.limited("day", 7200.0)
    other = make(tmp_path / "g.sqlite", clock, time, Limits())
    with pytest.raises(RateLimited) as refused:
        call(other, urgent=True)
    assert (refused.value.limit, refused.value.retry_after_seconds) == ("day", 7200.0)
    assert other.snapshot()[0].blocked_limit == "day"
    assert time.slept == []
    clock.advance(timedelta(hours=2))
    call(other)
    assert other.snapshot()[0].blocked_limit is None


def test_a_minute_limit_of_the_api_makes_every_process_wait_as_long_as_it_was_told(
    tmp_path: Path, clock: FixedClock, time: FakeTime
) -> None:
    governor = make(tmp_path / "g.sqlite", clock, time, Limits())
    with governor.slot("xero", "t1") as slot:
        slot.limited("minute", 30.0)
    call(make(tmp_path / "g.sqlite", clock, time, Limits()))
    assert sum(time.slept) == pytest.approx(30.0)


def test_other_work_stops_while_the_api_says_that_little_is_left_and_asks_again_later(
    tmp_path: Path, clock: FixedClock, time: FakeTime
) -> None:
    governor = make(tmp_path / "g.sqlite", clock, time, Limits(per_day=1000))
    call(governor, **{"x-daylimit-REMAINING": "100"})
    with pytest.raises(RateLimited) as refused:
        call(governor)
    assert refused.value.limit == "day"
    call(governor, urgent=True)
    clock.advance(timedelta(minutes=16))
    call(governor)


def test_salesforce_limit_info_is_read_whatever_the_case_of_its_name(
    tmp_path: Path, clock: FixedClock, time: FakeTime
) -> None:
    governor = make(tmp_path / "g.sqlite", clock, time, Limits())
    with governor.slot("salesforce", "org") as slot:
        slot.heard({"sforce-limit-info": "api-usage=10018/100000; per-app-api-usage=17/250(appName=x)"})
    assert governor.snapshot()[0].day_remaining == 89982


def test_the_snapshot_and_the_meter_tell_calls_bytes_and_refusals(
    tmp_path: Path, clock: FixedClock, time: FakeTime
) -> None:
    governor = make(tmp_path / "g.sqlite", clock, time, Limits(per_day=100))
    with governor.slot("xero", "t1") as slot:
        slot.bytes_in, slot.bytes_out = 1200, 30
        slot.heard({"X-DayLimit-Remaining": "4999"})
    before = governor.meter.used("xero", "t1")
    with governor.slot("xero", "t1") as slot:
        slot.limited("minute", 1.0)
    governor.count("xero", "identity", Usage(1, 900, 80))
    row = BudgetUse(
        system="xero",
        tenant="t1",
        day="2026-03-16",
        calls=2,
        refused=1,
        bytes_in=1200,
        bytes_out=30,
        daily_budget=100,
        day_remaining=4999,
        in_flight=0,
        blocked_limit=None,
        blocked_seconds=None,
    )
    assert [use for use in governor.snapshot() if use.tenant == "t1"] == [row]
    assert before == Usage(1, 1200, 30)
    assert governor.meter.used() - before == Usage(2, 900, 80)
    assert governor.meter.by_tenant()["xero", "identity"] == Usage(1, 900, 80)


def test_a_broken_budget_file_is_put_aside_and_started_anew(
    tmp_path: Path, clock: FixedClock, time: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "g.sqlite"
    path.write_bytes(b"this is no database" * 100)
    governor = make(path, clock, time, Limits(per_day=10))
    call(governor)
    assert governor.snapshot()[0].calls == 1
    assert (tmp_path / "g.broken").exists()
    assert "starts anew" in caplog.text


def test_a_failing_call_gives_its_slot_back(tmp_path: Path, clock: FixedClock, time: FakeTime) -> None:
    governor = make(tmp_path / "g.sqlite", clock, time, Limits(concurrent=1), max_wait=0)
    with pytest.raises(RuntimeError), governor.slot("xero", "t1"):
        raise RuntimeError
    call(governor)
    assert governor.snapshot()[0].in_flight == 0


def test_a_budget_file_that_cannot_be_written_is_a_configuration_error(
    tmp_path: Path, clock: FixedClock, time: FakeTime
) -> None:
    (tmp_path / "g.sqlite").mkdir()
    governor = make(tmp_path / "g.sqlite", clock, time, Limits())
    with pytest.raises(ConfigError, match="XERO_SF_DATA_DIR"):
        call(governor)
