"""Two organisations of different currency, country and time zone in one pipeline: what one suffers, the other does not.

The command line's runs, over HTTP. What is planned for both together belongs to the flows' own tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from xero_sf_pipeline.cli.runs import Runs
from xero_sf_pipeline.clients.xero_entities import XERO_ENTITIES
from xero_sf_pipeline.sandbox.company import CompanySpec
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline_tests.pipeline.works import MANY, TODAY, Works, serving, works_of

COMPANY = CompanySpec(contacts=12, invoices=40, accounts=14, as_of=TODAY, organisations=2)
USED_UP = 40
"""Calls made before, by another program of the same app. More than a run makes in all."""
CALLS_LEFT = 3


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with serving(COMPANY) as running:
        yield running


@pytest.fixture
def works(running: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Works]:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    with works_of(running, tmp_path / "data") as works:
        yield works


def runs_of(works: Works) -> Runs:
    return Runs(works.settings, works.running.clock, shows_progress=False)


def tenants(works: Works) -> list[str]:
    with works.pipeline() as pipeline:
        return [tenant.tenant_id for tenant in pipeline.tenants()]


def name_of(works: Works, tenant_id: str) -> str:
    return str(works.running.sandbox.xero.organisation(tenant_id)["Name"])


def mirrored_invoices(works: Works) -> dict[str, int]:
    rows = works.warehouse("select tenant_id, count(*) as n from raw_xero.invoices_current group by tenant_id")
    return {row["tenant_id"]: row["n"] for row in rows}


def in_books(works: Works) -> dict[str, int]:
    store = works.running.sandbox.xero.store
    return {tenant: store.count(tenant, "Invoices") for tenant in store.tenants()}


def test_what_one_organisation_suffers_the_other_does_not(works: Works) -> None:
    first, second = tenants(works)
    xero = works.running.sandbox.xero

    # The first one's calls of the day are used up: it waits, the second one is read and planned.
    with works.pipeline() as pipeline:
        client = pipeline.xero.client(first)
        for _ in range(USED_UP):
            page = client.page(XERO_ENTITIES["organisation"])
    xero.set_limits({"day": MANY - int(page.headers["X-DayLimit-Remaining"]) + CALLS_LEFT})
    runs = runs_of(works)
    runs.sync()
    xero.set_limits({"day": MANY})
    stopped, *checks = runs.failures
    assert stopped.startswith(f"{name_of(works, first)}: ")
    assert "limit of calls (day) is reached" in stopped
    assert all("not true that" in check for check in checks)  # half of the first one's documents are there
    assert mirrored_invoices(works)[second] == in_books(works)[second]
    planned = {row["tenant_id"] for row in works.warehouse("select distinct tenant_id from plan.writes")}
    assert planned == {second}

    # A day later the next run goes on from what is stored: both are there, each with its own currency and time zone.
    works.pass_time(hours=24)
    again = runs_of(works)
    again.sync()
    assert again.failures == []
    assert mirrored_invoices(works) == in_books(works)
    organisations = works.warehouse(
        "select base_currency_code, country_code, time_zone from core.organisations order by 1"
    )
    assert [tuple(row.values()) for row in organisations] == [
        ("GBP", "GB", "Europe/London"),
        ("NZD", "NZ", "Pacific/Auckland"),
    ]
    assert works.push().is_clean

    # The first one is disconnected: the second one is read all the same, and what was written is not planned again.
    xero.disconnect(first)
    works.pass_time(minutes=20)
    before = works.running.clock.now()
    runs = runs_of(works)
    runs.sync()
    (failure,) = runs.failures
    assert failure.startswith(f"{name_of(works, first)}: ")
    read = works.warehouse(
        "select distinct tenant_id from ops.extracts where source = 'xero' and started_at >= $before",
        {"before": before},
    )
    assert (read, works.planned()) == ([{"tenant_id": second}], [])
