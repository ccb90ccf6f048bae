"""Shared parts of the client tests: settings for a server, a governor without limits, repeats without waiting."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline_tests.clients.wsdl_once import wsdl_once

__all__ = ["wsdl_once"]

XERO_SECRET = "xero-secret-not-to-be-seen"
SALESFORCE_SECRET = "salesforce-secret-not-to-be-seen"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 16, 9, 0, tzinfo=UTC))


@pytest.fixture
def governor(tmp_path: Path, clock: FixedClock) -> Iterator[Governor]:
    """A governor without limits of its own, whose waits take no time."""
    slept: list[float] = []
    unlimited = Governor(
        tmp_path / "governor.sqlite",
        clock,
        limits={},
        seconds=lambda: time.time() + sum(slept),
        sleep=slept.append,
    )
    yield unlimited
    unlimited.close()


@pytest.fixture
def sleeps() -> list[float]:
    """The pauses that were taken, in seconds, none of them in real time."""
    return []


@pytest.fixture
def retry(sleeps: list[float]) -> Retry:
    return Retry(sleep=sleeps.append, share=lambda: 1.0)


@pytest.fixture
def settings_for(tmp_path: Path) -> Callable[..., Settings]:
    """Make settings whose four URLs are one server."""

    def make(url: str, **overrides: Any) -> Settings:
        values: dict[str, Any] = {
            "xero_api_url": url,
            "xero_identity_url": url,
            "xero_client_id": "xero-client",
            "xero_client_secret": XERO_SECRET,
            "salesforce_login_url": url,
            "salesforce_client_id": "sf-client",
            "salesforce_client_secret": SALESFORCE_SECRET,
            "xero_sf_data_dir": tmp_path,
            "http_connect_timeout_seconds": 5,
            "http_read_timeout_seconds": 5,
        }
        return Settings(_env_file=None, **{**values, **overrides})

    return make
