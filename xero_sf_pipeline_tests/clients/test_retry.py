"""Reads are repeated a few times for passing reasons, and for nothing else."""

from __future__ import annotations

import pytest

from xero_sf_pipeline.clients.retry import LONGEST_PAUSE_SECONDS, Retry
from xero_sf_pipeline.errors import CircuitOpen, PipelineError, RateLimited, TransientApiError, ValidationFailed


class Failing:
    """Fails with the given errors, one after the other, then succeeds."""

    def __init__(self, *errors: PipelineError) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def transient(code: str) -> TransientApiError:
    return TransientApiError("failed", system="xero", code=code)


def limited(limit: str, after: float | None = None) -> RateLimited:
    return RateLimited("limited", system="xero", limit=limit, retry_after_seconds=after)


def test_a_passing_failure_is_repeated_with_growing_pauses(retry: Retry, sleeps: list[float]) -> None:
    operation = Failing(transient("dropped"), transient("timeout"), transient("server_error"))
    assert retry.run(operation) == "done"
    assert sleeps == [0.5, 1.0, 2.0]


def test_repeats_are_bounded(retry: Retry, sleeps: list[float]) -> None:
    operation = Failing(*[transient("dropped")] * 9)
    with pytest.raises(TransientApiError):
        retry.run(operation)
    assert (operation.calls, len(sleeps)) == (4, 3)


def test_jitter_halves_a_pause_at_most(sleeps: list[float]) -> None:
    Retry(sleep=sleeps.append, share=lambda: 0.0).run(Failing(transient("dropped")))
    assert sleeps == [0.25]


def test_a_short_retry_after_is_honoured(retry: Retry, sleeps: list[float]) -> None:
    assert retry.run(Failing(limited("minute", 17.0))) == "done"
    assert sleeps == [18.0]


def test_a_limit_without_retry_after_backs_off(retry: Retry, sleeps: list[float]) -> None:
    assert retry.run(Failing(limited("concurrent"), limited("appminute"))) == "done"
    assert sleeps == [0.5, 1.0]


@pytest.mark.parametrize(
    "error",
    [
        limited("day", 66975.0),
        limited("day"),
        limited("minute", LONGEST_PAUSE_SECONDS + 1),
        limited("budget", 10.0),
        limited("daily_requests"),
        transient("offline"),
        transient("circuit_open"),
        transient("a code that nobody listed"),
        ValidationFailed("no", system="xero"),
    ],
)
def test_what_a_few_seconds_do_not_cure_ends_at_once(retry: Retry, sleeps: list[float], error: PipelineError) -> None:
    operation = Failing(error)
    with pytest.raises(type(error)):
        retry.run(operation)
    assert (operation.calls, sleeps) == (1, [])


def test_a_read_whose_own_failures_opened_the_circuit_tells_the_failure(retry: Retry) -> None:
    opened = CircuitOpen("calls are paused", system="xero", code="circuit_open")
    with pytest.raises(TransientApiError, match="failed") as told:
        retry.run(Failing(transient("server_error"), opened))
    assert told.value.code == "server_error"
    with pytest.raises(CircuitOpen):
        retry.run(Failing(opened))
