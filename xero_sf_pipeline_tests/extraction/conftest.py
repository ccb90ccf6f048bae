"""One small served company for all extraction tests of a process; a warehouse of its own for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.salesforce import SalesforceClient
from xero_sf_pipeline.clients.xero import XeroSession
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline_tests.extraction.mirror import Mirror, SkewedClock
from xero_sf_pipeline_tests.pipeline.works import serving, settings_for
from xero_sf_pipeline_tests.warehouse.copies import copy_new_warehouse

NewMirror = Callable[..., Mirror]


@pytest.fixture(scope="session")
def served() -> Iterator[RunningSandbox]:
    with serving() as running:
        running.clock.freeze()
        yield running


@pytest.fixture
def running(served: RunningSandbox) -> Iterator[RunningSandbox]:
    """The sandbox without faults, some time after whatever the last test did."""
    served.faults.clear()
    served.clock.advance(timedelta(hours=1))
    served.log.clear()
    yield served
    served.faults.clear()


@pytest.fixture
def new_mirror(running: RunningSandbox, tmp_path: Path) -> Iterator[NewMirror]:
    """Makes empty mirrors. The clients' own time is the sandbox's; calls are not limited, pauses take no time."""
    settings = settings_for(running.url, tmp_path)
    governor = Governor(tmp_path / "governor.sqlite", running.clock, limits={})
    retry = Retry(sleep=lambda _: None, share=lambda: 1.0)
    session = XeroSession(settings, running.clock, governor, retry=retry)
    salesforce = SalesforceClient(settings, running.clock, governor, retry=retry)
    tenant_id = running.sandbox.xero.store.tenants()[0]
    made = 0

    def make(skew: timedelta = timedelta(), page_size: int = 10) -> Mirror:
        nonlocal made
        made += 1
        clock = SkewedClock(running.clock, skew)
        copy_new_warehouse(tmp_path / str(made) / "warehouse.duckdb")
        return Mirror(running, tmp_path / str(made), session.client(tenant_id), salesforce, clock, page_size)

    yield make
    session.close()
    salesforce.close()
    governor.close()


@pytest.fixture
def mirror(new_mirror: NewMirror) -> Mirror:
    return new_mirror()
