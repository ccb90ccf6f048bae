"""Checks of the machine itself, each broken in turn."""

from __future__ import annotations

from collections import namedtuple
from pathlib import Path

import pytest

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.preflight import local
from xero_sf_pipeline.preflight.result import CheckResult, Severity, has_errors
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline.warehouse.connection import Warehouse
from xero_sf_pipeline.warehouse.schema import migrations
from xero_sf_pipeline_tests.warehouse.other_process import held_by_another_process

Usage = namedtuple("Usage", "total used free")


def settings_with(data_dir: Path, **more: object) -> Settings:
    values: dict[str, object] = {
        "xero_client_id": "id",
        "xero_client_secret": "secret",
        "salesforce_login_url": "https://example.my.salesforce.com",
        "salesforce_client_id": "id",
        "salesforce_client_secret": "secret",
        "xero_sf_data_dir": data_dir,
    }
    return Settings(_env_file=None, **(values | more))  # type: ignore[arg-type]


def test_each_wrong_setting_is_a_line_of_its_own() -> None:
    error = ConfigError("The settings are not complete:", problems=["XERO_CLIENT_ID: is not set", "X: is wrong"])

    assert [(line.name, line.detail, line.severity) for line in local.settings_problems(error)] == [
        ("settings", "XERO_CLIENT_ID: is not set", Severity.ERROR),
        ("settings", "X: is wrong", Severity.ERROR),
    ]


def test_a_writable_data_folder_passes_and_nothing_is_left_in_it(tmp_path: Path) -> None:
    line = local.check_data_dir(settings_with(tmp_path))

    assert line == CheckResult("data folder", True, f"{tmp_path} is writable", "", Severity.INFO)
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_named_relative_to_the_working_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()

    assert local.check_data_dir(settings_with(Path("data"))).detail == f"{tmp_path}/data is writable"


def test_a_data_folder_that_is_not_there_yet_passes_and_is_not_made(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"

    line = local.check_data_dir(settings_with(folder))

    assert (line.ok, line.detail) == (True, f"{folder} will be made")
    assert not folder.parent.exists()


def test_a_data_folder_below_a_file_fails_with_the_file_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    line = local.check_data_dir(settings_with(tmp_path / "file" / "data"))

    assert line.severity is Severity.ERROR
    assert line.detail == f"{tmp_path}/file/data cannot be made: {tmp_path}/file is not a folder"
    assert "XERO_SF_DATA_DIR" in line.remedy


def test_a_data_folder_that_refuses_files_fails_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(local.tempfile, "TemporaryFile", refuse)

    line = local.check_data_dir(settings_with(tmp_path))

    assert line.severity is Severity.ERROR
    assert line.detail == f"{tmp_path} cannot be written: Permission denied"


def test_too_little_space_for_a_second_copy_of_the_warehouse_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local.shutil, "disk_usage", lambda _: Usage(0, 0, 400 * 1024**2))

    assert local.check_disk(settings_with(tmp_path)) == CheckResult(
        "disk",
        False,
        "400 MB free, 500 MB needed",
        "Free some space, or set XERO_SF_DATA_DIR to a folder on a larger disk.",
        Severity.ERROR,
    )


def test_a_warehouse_that_does_not_exist_yet_is_fine_and_is_not_made(tmp_path: Path) -> None:
    line = local.check_warehouse(settings_with(tmp_path))

    assert line.ok
    assert list(tmp_path.iterdir()) == []


def test_an_existing_warehouse_is_opened_and_its_version_told(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    with Warehouse(settings.warehouse_file).transaction():
        pass

    newest = migrations()[-1][0]
    assert local.check_warehouse(settings) == CheckResult(
        "warehouse", True, f"opens, schema version {newest}", "", Severity.INFO
    )


def test_a_warehouse_of_a_newer_program_fails(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    newest = migrations()[-1][0]
    with Warehouse(settings.warehouse_file).transaction() as connection:
        connection.execute("insert into ops.migrations values (?, 'later', now())", [newest + 1])

    line = local.check_warehouse(settings)

    assert line.severity is Severity.ERROR
    assert line.detail == (
        f"The warehouse has schema version {newest + 1}; this version of the product knows {newest}."
    )
    assert line.remedy.startswith("Install the newer version again")


def test_a_file_that_is_no_warehouse_fails(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    settings.warehouse_file.write_bytes(b"not a database at all" * 1000)

    line = local.check_warehouse(settings)

    assert line.severity is Severity.ERROR
    assert "cannot be read as a warehouse" in line.detail
    assert "latest.duckdb" in line.remedy


def test_a_warehouse_in_use_is_a_warning_because_a_run_may_be_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_with(tmp_path)
    with Warehouse(settings.warehouse_file).transaction():
        pass
    monkeypatch.setattr(local, "_LOCK_WAIT_SECONDS", 0.0)

    with held_by_another_process(settings.warehouse_file) as holder:
        line = local.check_warehouse(settings)

    assert line.severity is Severity.WARNING
    assert f"in use by another process (PID {holder})" in line.detail


def test_pushing_off_is_said_plainly_and_pushing_on_is_a_warning(tmp_path: Path) -> None:
    off = local.check_push(settings_with(tmp_path))
    on = local.check_push(settings_with(tmp_path, xero_sf_push_enabled=True))

    assert (off.severity, on.severity) == (Severity.INFO, Severity.WARNING)
    assert off.detail.startswith("is off: nothing can be written to Salesforce")
    assert on.detail.startswith("is ON")


@pytest.mark.parametrize(
    ("severity", "verdict"),
    [(Severity.INFO, False), (Severity.WARNING, False), (Severity.NOT_CHECKED, False), (Severity.ERROR, True)],
)
def test_only_an_error_stands_in_the_way_of_a_run(severity: Severity, verdict: bool) -> None:
    assert has_errors([CheckResult("one", severity is Severity.INFO, "", "", severity)]) is verdict
