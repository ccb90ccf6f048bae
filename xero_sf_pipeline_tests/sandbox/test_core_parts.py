"""Clock, fault plan and request log: the parts that both sides of the sandbox share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from xero_sf_pipeline.sandbox.clock import SandboxClock
from xero_sf_pipeline.sandbox.faults import Fault, FaultPlan
from xero_sf_pipeline.sandbox.request_log import Entry, RequestLog, path_pattern

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class TestClock:
    def test_a_frozen_clock_moves_only_by_hand(self) -> None:
        clock = SandboxClock(NOON, frozen=True)
        assert clock.now() == NOON
        clock.advance(timedelta(days=1))
        assert clock.now() == NOON + timedelta(days=1)
        clock.set(NOON)
        assert clock.now() == NOON

    def test_a_running_clock_never_goes_back(self) -> None:
        clock = SandboxClock(NOON)
        seen = [clock.now() for _ in range(100)]
        assert seen == sorted(seen)
        assert seen[0] >= NOON
        clock.freeze()
        assert clock.now() == clock.now()

    def test_instants_need_a_zone_and_are_kept_in_utc(self) -> None:
        with pytest.raises(ValueError, match="aware"):
            SandboxClock(datetime(2026, 1, 1))
        auckland = datetime.fromisoformat("2026-11-21T01:00:00+13:00")
        assert SandboxClock(auckland, frozen=True).now() == NOON

    def test_a_change_by_hand_is_announced(self) -> None:
        clock = SandboxClock(NOON)
        changes: list[str] = []
        clock.on_change = lambda: changes.append("changed")
        clock.advance(timedelta(seconds=1))
        clock.set(NOON)
        clock.freeze()
        assert changes == ["changed"] * 3


class TestFaultPlan:
    def test_a_fault_passes_some_requests_and_then_hits_some(self) -> None:
        plan = FaultPlan()
        plan.arm(Fault("xero", "status", times=2, after=1))
        hits = [plan.take("xero", "GET", "/api.xro/2.0/Invoices", "status") is not None for _ in range(5)]
        assert hits == [False, True, True, False, False]
        assert plan.as_list() == []

    def test_only_what_it_is_meant_for_is_hit(self) -> None:
        plan = FaultPlan()
        plan.arm(Fault("xero", "slow", method="put", path="/Invoices$", times=None))
        asked = [
            ("xero", "PUT", "/api.xro/2.0/Invoices", "slow"),
            ("xero", "PUT", "/api.xro/2.0/Invoices", None),
            ("salesforce", "PUT", "/api.xro/2.0/Invoices", "slow"),
            ("xero", "GET", "/api.xro/2.0/Invoices", "slow"),
            ("xero", "PUT", "/api.xro/2.0/Invoices/1", "slow"),
            ("xero", "PUT", "/api.xro/2.0/Invoices", "status"),
        ]
        assert [plan.take(*request) is not None for request in asked] == [True, True, False, False, False, False]

    def test_faults_are_taken_oldest_first_and_can_be_cleared(self) -> None:
        plan = FaultPlan()
        for seconds in (1, 2):
            plan.arm(Fault("xero", "slow", argument={"seconds": seconds}))
        first = plan.take("xero", "GET", "/", "slow")
        assert first is not None
        assert first.argument == {"seconds": 1}
        plan.clear()
        assert plan.take("xero", "GET", "/", "slow") is None

    def test_a_fault_for_an_unknown_system_is_refused(self) -> None:
        with pytest.raises(ValueError, match="'xero' or 'salesforce'"):
            Fault("sap", "slow")


class TestRequestLog:
    def test_ids_in_paths_are_one_pattern(self) -> None:
        assert [
            path_pattern(path)
            for path in (
                "/api.xro/2.0/Invoices/1a000000-0000-4000-8000-000000000001/History",
                "/services/data/v66.0/sobjects/Account/0015g00000AbCdEAAV",
                "/services/data/v66.0/jobs/query/7505g00000AbCdE/results",
                "/services/data/v66.0/composite/sobjects",
            )
        ] == [
            "/api.xro/2.0/Invoices/{id}/History",
            "/services/data/v66.0/sobjects/Account/{id}",
            "/services/data/v66.0/jobs/query/{id}/results",
            "/services/data/v66.0/composite/sobjects",
        ]

    def test_requests_are_counted_by_what_they_asked_for(self) -> None:
        log = RequestLog()
        for method, path in (("GET", "/a"), ("GET", "/a"), ("PUT", "/a"), ("GET", "/b")):
            log.append(Entry(NOON, "xero", method, path, "", 200, 0, 10))
        assert log.counts() == {("xero", "GET", "/a"): 2, ("xero", "PUT", "/a"): 1, ("xero", "GET", "/b"): 1}
        assert (log.count(method="GET"), log.count(path="^/b$"), log.count("salesforce")) == (3, 1, 0)
        log.clear()
        assert log.as_list() == []
