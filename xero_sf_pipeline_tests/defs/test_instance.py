"""The instance of a command writes what the UI reads, at once, also under threads and when it is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from xero_sf_pipeline.defs import instance as command_instance
from xero_sf_pipeline.defs.instance import KeptEventLogStorage, open_instance


@dg.asset
def invoices() -> dg.MaterializeResult:  # type: ignore[type-arg]
    return dg.MaterializeResult(metadata={"dagster/row_count": 7})


@dg.asset_check(asset=invoices)
def amounts_tie() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


def home(folder: Path, configuration: str = "telemetry: {enabled: false}\n") -> Path:
    (folder / "dagster.yaml").write_text(configuration, encoding="utf-8")
    return folder


def told(instance: dg.DagsterInstance) -> list[tuple[str, dg.DagsterRunStatus, list[str]]]:
    """Every run with its status and the types of its events."""
    return [
        (
            run.run_id,
            run.status,
            [entry.get_dagster_event().event_type_value for entry in instance.all_logs(run.run_id) if entry.dagster_event],
        )
        for run in instance.get_runs()
    ]  # fmt: skip


def test_the_ui_sees_every_event_of_a_command_while_it_works_and_afterwards(tmp_path: Path) -> None:
    with open_instance(home(tmp_path)) as command, dg.DagsterInstance.from_config(str(tmp_path)) as ui:
        assert isinstance(command.event_log_storage, KeptEventLogStorage)
        assert type(ui.event_log_storage) is SqliteEventLogStorage
        result = dg.materialize([invoices, amounts_tie], instance=command)
        while_it_works = told(ui)
        row_count = ui.get_latest_materialization_event(invoices.key).asset_materialization.metadata  # type: ignore[union-attr]
        ui.add_dynamic_partitions("tenant", ["from-the-ui"])
        assert command.get_dynamic_partitions("tenant") == ["from-the-ui"]
        assert told(command) == while_it_works

    assert [(run, status) for run, status, _ in while_it_works] == [(result.run_id, dg.DagsterRunStatus.SUCCESS)]
    assert {"ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION", "PIPELINE_SUCCESS"} <= set(while_it_works[0][2])
    assert row_count["dagster/row_count"].value == 7
    with dg.DagsterInstance.from_config(str(tmp_path)) as later:
        assert told(later) == while_it_works
    assert not list(tmp_path.rglob("*-wal"))  # closed, so everything is in the files themselves


def test_events_of_many_threads_are_all_stored(tmp_path: Path) -> None:
    with open_instance(home(tmp_path)) as instance:

        def report(number: int) -> None:
            for turn in range(5):
                instance.report_runless_asset_event(dg.AssetMaterialization(["thread", str(number), str(turn)]))

        threads = [threading.Thread(target=report, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with dg.DagsterInstance.from_config(str(tmp_path)) as later:
        assert sorted(key.path[1:] for key in later.get_asset_keys()) == [
            [str(number), str(turn)] for number in range(6) for turn in range(5)
        ]


def test_logs_of_more_runs_than_are_kept_open_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_instance, "_KEPT_RUNS", 1)
    with open_instance(home(tmp_path)) as instance:
        results = [dg.materialize([invoices], instance=instance) for _ in range(3)]
        for result in results:
            logs = instance.all_logs(result.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
            assert len(logs) == 1


KILLED = """
import os, signal, sys
from pathlib import Path
import dagster as dg
from xero_sf_pipeline.defs.instance import open_instance
with open_instance(Path(sys.argv[1])) as instance:
    instance.report_runless_asset_event(dg.AssetMaterialization("invoices"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_reported_before_a_kill_is_there(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(home(tmp_path))], check=False, timeout=120)
    assert ended.returncode == -signal.SIGKILL
    with dg.DagsterInstance.from_config(str(tmp_path)) as later:
        assert later.get_asset_keys() == [dg.AssetKey("invoices")]


def test_a_storage_that_dagster_yaml_names_is_left_alone(tmp_path: Path) -> None:
    separate = tmp_path / "separate"
    configuration = "".join(
        f"{kind}: {{module: dagster._core.storage.{module}, class: {name}, config: {{base_dir: {separate}}}}}\n"
        for kind, module, name in (
            ("run_storage", "runs", "SqliteRunStorage"),
            ("event_log_storage", "event_log", "SqliteEventLogStorage"),
            ("schedule_storage", "schedules", "SqliteScheduleStorage"),
        )
    )
    with open_instance(home(tmp_path, configuration)) as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization("invoices"))
        assert type(instance.event_log_storage) is SqliteEventLogStorage
    assert (separate / "index.db").exists()
