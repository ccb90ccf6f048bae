"""What follows what: one run per extraction, one push per plan, none when it must not be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.defs import build_defs
from xero_sf_pipeline.defs.resources import PipelineFactory
from xero_sf_pipeline.settings import ENV_FILE_VARIABLE
from xero_sf_pipeline_tests.pipeline.works import settings_for

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")  # of owners and backfill policies

NOW = datetime(2026, 3, 16, 23, 59, tzinfo=UTC)
RAW = [dg.AssetKey(["raw_xero", "invoices"])]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def definitions(folder: Path, *, push_enabled: bool = True) -> dg.Definitions:
    settings = settings_for("http://127.0.0.1:9", folder, xero_sf_push_enabled=push_enabled)
    return build_defs(PipelineFactory(settings, FixedClock(NOW)), history_start="2026-03-01")


def plan(instance: dg.DagsterInstance, plan_id: str, *, pending: int = 3, held: str = "") -> None:
    """Report a plan as `plan/writes` does."""
    metadata = {"plan_id": plan_id, "pending_writes": pending, "is_held": bool(held), "held_reason": held}
    instance.report_runless_asset_event(dg.AssetMaterialization(["plan", "writes"], metadata=metadata))


def sensor_context(
    defs: dg.Definitions, instance: dg.DagsterInstance, cursor: str | None
) -> dg.SensorEvaluationContext:
    return dg.build_sensor_context(instance, cursor, resources={"pipelines": (defs.resources or {})["pipelines"]})


def tick_push(defs: dg.Definitions, instance: dg.DagsterInstance, cursor: str | None = None) -> tuple[Any, str | None]:
    """One tick: the answer, and the cursor that is kept for the next one."""
    sensor = defs.resolve_sensor_def("push_when_planned")
    context = sensor_context(defs, instance, cursor)
    return sensor(context), context.cursor


def test_a_plan_with_pending_writes_is_pushed_once(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    defs = definitions(tmp_path)
    plan(instance, "plan-1")
    request, cursor = tick_push(defs, instance)
    assert (request.run_key, request.run_config, cursor) == ("plan-1", {}, "plan-1")
    again, cursor = tick_push(defs, instance, cursor)
    assert (again.skip_message, cursor) == ("The push of plan-1 was requested already.", "plan-1")
    plan(instance, "plan-2")
    request, cursor = tick_push(defs, instance, cursor)
    assert (request.run_key, cursor) == ("plan-2", "plan-2")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"pending": 0}, "Nothing to write: both systems agree, or what is planned waits for approval."),
        ({"held": "case.open: 900 writes, 200 allowed"}, "The plan is held: case.open: 900 writes, 200 allowed"),
    ],
)
def test_an_empty_or_held_plan_is_not_pushed(
    tmp_path: Path, instance: dg.DagsterInstance, facts: dict[str, Any], message: str
) -> None:
    plan(instance, "plan-1", **facts)
    skipped, cursor = tick_push(definitions(tmp_path), instance)
    assert (skipped.skip_message, cursor) == (message, None)


def test_nothing_is_pushed_before_the_first_plan(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    skipped, _ = tick_push(definitions(tmp_path), instance)
    assert skipped.skip_message == "Nothing has been planned yet."


def test_nothing_is_pushed_while_pushing_is_off_and_the_plan_goes_once_it_is_on(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    plan(instance, "plan-1")
    skipped, cursor = tick_push(definitions(tmp_path, push_enabled=False), instance)
    assert skipped.skip_message == "Pushing is switched off: set XERO_SF_PUSH_ENABLED=true to let plans go."
    request, _ = tick_push(definitions(tmp_path), instance, cursor)
    assert request.run_key == "plan-1"


def test_missing_settings_are_told_instead_of_a_push(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XERO_CLIENT_ID", "XERO_CLIENT_SECRET", "SALESFORCE_LOGIN_URL", "SALESFORCE_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(ENV_FILE_VARIABLE, str(tmp_path / "none.env"))
    plan(instance, "plan-1")
    skipped, cursor = tick_push(build_defs(history_start="2026-03-01"), instance)
    assert "XERO_CLIENT_ID: is not set" in skipped.skip_message
    assert cursor is None


@pytest.mark.parametrize(
    "status", [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
)
def test_a_plan_waits_while_a_push_is_under_way_and_is_not_forgotten(
    tmp_path: Path, instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    defs = definitions(tmp_path)
    plan(instance, "plan-2")
    running = instance.create_run_for_job(defs.resolve_job_def("push"), status=status)
    skipped, cursor = tick_push(defs, instance, "plan-1")
    assert (skipped.skip_message, cursor) == ("A push is under way; this plan has its turn afterwards.", "plan-1")
    instance.report_run_failed(running)
    request, cursor = tick_push(defs, instance, cursor)
    assert (request.run_key, cursor) == ("plan-2", "plan-2")


def test_a_tick_that_fails_keeps_the_cursor_so_that_the_plan_goes_at_the_next(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    class Broken(PipelineFactory):
        def is_push_enabled(self) -> bool:
            raise OSError("the disk is away")

    plan(instance, "plan-2")
    broken = build_defs(
        Broken(settings_for("http://127.0.0.1:9", tmp_path), FixedClock(NOW)), history_start="2026-03-01"
    )
    context = sensor_context(broken, instance, "plan-1")
    with pytest.raises(OSError, match="the disk is away"):
        broken.resolve_sensor_def("push_when_planned")(context)
    assert context.cursor == "plan-1"
    request, _ = tick_push(definitions(tmp_path), instance, context.cursor)
    assert request.run_key == "plan-2"


def finished(
    defs: dg.Definitions, instance: dg.DagsterInstance, job: str, tags: dict[str, str] | None = None, **options: Any
) -> dg.DagsterRun:
    """A run that ended well."""
    return instance.create_run_for_job(
        defs.resolve_job_def(job), tags=tags, status=dg.DagsterRunStatus.SUCCESS, **options
    )


def tick_after(defs: dg.Definitions, instance: dg.DagsterInstance, sensor: str, run: dg.DagsterRun) -> Any:
    """What a run status sensor says to one finished run."""
    event = dg.DagsterEvent(
        event_type_value=dg.DagsterEventType.RUN_SUCCESS.value, job_name=run.job_name, message="ended"
    )
    context = dg.build_run_status_sensor_context(
        sensor, event, instance, run, resources={"pipelines": defs.resources["pipelines"]}  # type: ignore[index]
    )  # fmt: skip
    return defs.resolve_sensor_def(sensor)(context)


@pytest.mark.parametrize("job", ["extract_xero", "extract_salesforce"])
def test_each_finished_extraction_starts_one_derivation_of_the_open_day(
    tmp_path: Path, instance: dg.DagsterInstance, job: str
) -> None:
    defs = definitions(tmp_path)
    first, second = finished(defs, instance, job), finished(defs, instance, job)
    requests = [tick_after(defs, instance, "derive_after_extraction", run) for run in (first, second, first)]
    assert [(request.run_key, request.partition_key) for request in requests] == [
        (first.run_id, "2026-03-16"), (second.run_id, "2026-03-16"), (first.run_id, "2026-03-16")
    ]  # fmt: skip


def test_raw_assets_materialised_by_hand_are_an_extraction_too(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    defs = definitions(tmp_path)
    run = finished(defs, instance, "__ASSET_JOB", asset_selection=frozenset(RAW))
    assert tick_after(defs, instance, "derive_after_extraction", run).run_key == run.run_id


@pytest.mark.parametrize(
    ("job", "tags", "message"),
    [
        ("extract_xero", {"dagster/backfill": "b-1"}, "A backfill is published, and planned with the next poll."),
        ("derive_and_plan", {}, "Not an extraction."),
        ("push", {}, "Not an extraction."),
        ("__ASSET_JOB", {}, "Not an extraction."),
    ],
)
def test_nothing_else_starts_a_derivation(
    tmp_path: Path, instance: dg.DagsterInstance, job: str, tags: dict[str, str], message: str
) -> None:
    defs = definitions(tmp_path)
    run = finished(defs, instance, job, tags)
    assert tick_after(defs, instance, "derive_after_extraction", run).skip_message == message


def test_a_finished_backfill_is_published_and_nothing_else_is(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    defs = definitions(tmp_path)
    backfill = finished(defs, instance, "__ASSET_JOB", {"dagster/backfill": "b-1"}, asset_selection=frozenset(RAW))
    assert tick_after(defs, instance, "publish_after_backfill", backfill).run_key == backfill.run_id
    poll = finished(defs, instance, "extract_xero")
    assert tick_after(defs, instance, "publish_after_backfill", poll).skip_message == "Not a backfill."


def test_no_sensor_and_no_schedule_is_on_by_itself_and_a_push_runs_alone(tmp_path: Path) -> None:
    defs = definitions(tmp_path)
    sensors = {sensor.name: sensor for sensor in defs.sensors or ()}
    assert {name: sensor.default_status for name, sensor in sensors.items()} == dict.fromkeys(
        ("derive_after_extraction", "push_when_planned", "publish_after_backfill"), dg.DefaultSensorStatus.STOPPED
    )
    assert {schedule.default_status for schedule in defs.schedules or ()} == {dg.DefaultScheduleStatus.STOPPED}
    alone = {name: defs.resolve_job_def(name).tags.get("xero_sf/exclusive") for name in ("push", "derive_and_plan")}
    assert alone == {"push": "push", "derive_and_plan": "plan"}
