"""The circuit opens after failures in a row, and only failures of the system count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from xero_sf_pipeline.clients.circuit import CircuitBreaker
from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.errors import CircuitOpen, OutcomeUnknown, RateLimited, TransientApiError, ValidationFailed


def run(circuit: CircuitBreaker, error: Exception | None = None, tenant: str = "t1") -> None:
    with circuit.guard("xero", tenant):
        if error is not None:
            raise error


def fail(circuit: CircuitBreaker, times: int, tenant: str = "t1") -> None:
    for _ in range(times):
        with pytest.raises(TransientApiError, match="down"):
            run(circuit, TransientApiError("down", system="xero"), tenant)


def test_failures_in_a_row_open_the_circuit_of_that_tenant_only(clock: FixedClock) -> None:
    circuit = CircuitBreaker(clock, failures_to_open=3)
    fail(circuit, 3)
    with pytest.raises(CircuitOpen) as refused:
        run(circuit)
    assert refused.value.code == "circuit_open"
    run(circuit, tenant="t2")


def test_a_success_between_failures_keeps_it_closed(clock: FixedClock) -> None:
    circuit = CircuitBreaker(clock, failures_to_open=3)
    fail(circuit, 2)
    run(circuit)
    fail(circuit, 2)
    run(circuit)


def test_lost_writes_count_as_failures(clock: FixedClock) -> None:
    circuit = CircuitBreaker(clock, failures_to_open=1)
    with pytest.raises(OutcomeUnknown):
        run(circuit, OutcomeUnknown("lost", system="xero"))
    with pytest.raises(CircuitOpen):
        run(circuit)


@pytest.mark.parametrize(
    "answer",
    [RateLimited("slow down", system="xero", limit="minute"), ValidationFailed("no name", system="xero")],
)
def test_limits_and_refused_records_show_that_the_system_works(clock: FixedClock, answer: Exception) -> None:
    circuit = CircuitBreaker(clock, failures_to_open=2)
    for _ in range(3):
        fail(circuit, 1)
        with pytest.raises(type(answer)):
            run(circuit, answer)
    run(circuit)


def test_after_the_pause_one_probe_decides(clock: FixedClock) -> None:
    circuit = CircuitBreaker(clock, failures_to_open=1, pause=timedelta(seconds=60))
    fail(circuit, 1)
    clock.advance(timedelta(seconds=60))
    with circuit.guard("xero", "t1"), pytest.raises(CircuitOpen):
        run(circuit)  # while the probe is under way, nobody else calls
    run(circuit)
    fail(circuit, 1)
    clock.advance(timedelta(seconds=60))
    fail(circuit, 1)
    with pytest.raises(CircuitOpen):
        run(circuit)
