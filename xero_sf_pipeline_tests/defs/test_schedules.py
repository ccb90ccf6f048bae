"""When things run by themselves: times, time zones, partitions, tags."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from xero_sf_pipeline.defs import build_defs
from xero_sf_pipeline.defs.partitions import TENANT_PARTITIONS

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),  # of owners and backfill policies
    pytest.mark.filterwarnings("ignore:Non-compliant tag keys:DeprecationWarning"),  # its own tags of two dimensions
]

AT = datetime(2026, 3, 16, 3, 30, tzinfo=UTC)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """A schedule opens its instance by a reference, so that it must be one on disk."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


def tick(name: str, instance: dg.DagsterInstance) -> Any:
    defs = build_defs(history_start="2026-03-01")
    context = dg.build_schedule_context(
        instance=instance, scheduled_execution_time=AT, repository_def=defs.get_repository_def()
    )
    return defs.resolve_schedule_def(name).evaluate_tick(context)


def requests(name: str, instance: dg.DagsterInstance) -> list[Any]:
    """The runs that a schedule asks for at 03:30 UTC."""
    return list(tick(name, instance).run_requests or ())


def test_schedules_have_their_times_and_an_explicit_time_zone() -> None:
    defs = build_defs(history_start="2026-03-01")
    found = {s.name: (s.job_name, s.cron_schedule, s.execution_timezone) for s in defs.schedules or ()}
    assert found == {
        "poll_xero": ("extract_xero", "*/15 * * * *", "UTC"),
        "poll_salesforce": ("extract_salesforce", "*/15 * * * *", "UTC"),
        "sweep_xero": ("extract_xero", "30 3 * * *", "UTC"),
        "sweep_salesforce": ("extract_salesforce", "30 3 * * *", "UTC"),
    }


def test_each_organisation_is_polled_and_swept_by_a_run_of_its_own(instance: dg.DagsterInstance) -> None:
    instance.add_dynamic_partitions(TENANT_PARTITIONS, ["tenant-a", "tenant-b"])
    polls, sweeps = requests("poll_xero", instance), requests("sweep_xero", instance)
    assert [(r.run_key, r.partition_key, r.tags.get("xero_sf/tenant"), r.tags.get("xero_sf/mode")) for r in polls] == [
        ("tenant-a-2026-03-16T03:30:00+00:00", "2026-03-16|tenant-a", "tenant-a", None),
        ("tenant-b-2026-03-16T03:30:00+00:00", "2026-03-16|tenant-b", "tenant-b", None),
    ]
    assert [(r.partition_key, r.tags["xero_sf/mode"], r.tags["dagster/priority"]) for r in sweeps] == [
        ("2026-03-16|tenant-a", "sweep", "-1"),
        ("2026-03-16|tenant-b", "sweep", "-1"),
    ]


def test_salesforce_is_polled_and_swept_on_the_open_day(instance: dg.DagsterInstance) -> None:
    (poll,), (sweep,) = requests("poll_salesforce", instance), requests("sweep_salesforce", instance)
    assert (poll.partition_key, poll.tags.get("xero_sf/mode")) == ("2026-03-16", None)
    assert (sweep.partition_key, sweep.tags["xero_sf/mode"], sweep.tags["dagster/priority"]) == (
        "2026-03-16", "sweep", "-1"
    )  # fmt: skip


def test_without_a_known_organisation_the_poll_says_what_to_do(instance: dg.DagsterInstance) -> None:
    skipped = tick("poll_xero", instance)
    assert not skipped.run_requests
    assert skipped.skip_message == (
        "No Xero organisation is known yet: run `xero-sf sync` once, or add the tenant partitions."
    )
