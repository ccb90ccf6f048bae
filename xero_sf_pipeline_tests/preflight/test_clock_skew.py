"""The clock check: what counts as noticeable and as harmful."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from xero_sf_pipeline.preflight.clock_skew import check_clock
from xero_sf_pipeline.preflight.result import CheckResult, Severity

SERVER = datetime(2026, 3, 16, 9, 0, 0, tzinfo=UTC)
HEADERS = {"date": "Mon, 16 Mar 2026 09:00:00 GMT"}
REMEDY = "Switch on time synchronisation (NTP) on this machine."


@pytest.mark.parametrize("seconds", [-29, 0, 29])
def test_half_a_minute_is_travel_time_and_rounding(seconds: int) -> None:
    assert check_clock("clock", HEADERS, SERVER + timedelta(seconds=seconds)) == CheckResult(
        "clock", True, "agrees with the server's", "", Severity.INFO
    )


def test_a_minute_ahead_is_a_warning() -> None:
    assert check_clock("clock", HEADERS, SERVER + timedelta(seconds=60)) == CheckResult(
        "clock", False, "this machine is 60 s ahead", REMEDY, Severity.WARNING
    )


def test_ten_minutes_behind_is_an_error() -> None:
    assert check_clock("clock", HEADERS, SERVER - timedelta(minutes=10)) == CheckResult(
        "clock", False, "this machine is 600 s behind", REMEDY, Severity.ERROR
    )


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}])
def test_an_answer_without_a_readable_date_is_not_a_wrong_clock(headers: dict[str, str]) -> None:
    assert check_clock("clock", headers, SERVER).severity is Severity.NOT_CHECKED
