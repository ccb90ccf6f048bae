"""The whole preflight: order, what stops what, and that it never raises for something a person can fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from xero_sf_pipeline.preflight import Severity, has_errors, preflight, run_preflight
from xero_sf_pipeline.salesforce_metadata import build_package
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline_tests.preflight.conftest import SettingsWith


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text("version: 1\n", encoding="utf-8")
    return file


def test_missing_settings_are_listed_one_by_one_and_the_rest_says_why_it_was_not_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("XERO_CLIENT_SECRET", "a-secret-of-the-test")
    monkeypatch.setenv("XERO_DAILY_CALL_BUDGET", "many")

    found = run_preflight()

    errors = [line.detail for line in found if line.severity is Severity.ERROR]
    assert [detail.partition(":")[0] for detail in errors] == [
        "XERO_CLIENT_ID",
        "XERO_DAILY_CALL_BUDGET",
        "SALESFORCE_LOGIN_URL",
        "SALESFORCE_CLIENT_ID",
        "SALESFORCE_CLIENT_SECRET",
    ]
    assert [(line.name, line.detail) for line in found if line.severity is Severity.NOT_CHECKED] == [
        (name, "not checked because the settings are not complete")
        for name in ("data folder", "disk", "warehouse", "policy", "pushing", "xero", "salesforce")
    ]
    assert has_errors(found)
    assert "a-secret-of-the-test" not in repr(found)


def test_an_invalid_policy_is_one_line_for_each_problem_and_the_connections_are_still_checked(
    settings_with: SettingsWith, policy_file: Path
) -> None:
    policy_file.write_text("cases:\n  per: moon\noverdue:\n  grace_days: -1\n", encoding="utf-8")

    found = run_preflight(settings_with(), policy_file)

    policy = [line for line in found if line.name == "policy"]
    assert [line.severity for line in policy] == [Severity.ERROR, Severity.ERROR]
    assert sorted(line.detail.partition(":")[0] for line in policy) == ["cases.per", "overdue.grace_days"]
    assert [line.ok for line in found if line.name == "xero credentials"] == [True]
    assert [line.severity for line in found if line.name == "policy values"] == [Severity.NOT_CHECKED]


def test_a_policy_that_is_not_there_is_an_error(settings_with: SettingsWith, tmp_path: Path) -> None:
    (line,) = [line for line in run_preflight(settings_with(), tmp_path / "none.yaml") if line.name == "policy"]

    assert line.severity is Severity.ERROR
    assert line.detail.startswith("There is no policy at ")
    assert "none.yaml" in line.detail


def test_a_data_folder_that_cannot_be_written_does_not_stop_the_checks_of_the_connections(
    settings_with: SettingsWith, tmp_path: Path, policy_file: Path
) -> None:
    (tmp_path / "file").write_text("")

    found = run_preflight(settings_with(xero_sf_data_dir=tmp_path / "file" / "data"), policy_file)

    assert [line.severity for line in found if line.name == "data folder"] == [Severity.ERROR]
    assert [line.ok for line in found if line.name == "xero scope accounting.payments"] == [True]


def test_call_counts_that_cannot_be_kept_are_a_line_with_its_remedy(
    settings_with: SettingsWith, policy_file: Path
) -> None:
    settings = settings_with()
    settings.governor_file.mkdir(parents=True)

    found = run_preflight(settings, policy_file)

    (line,) = [line for line in found if line.name == "call budget"]
    assert line.severity is Severity.ERROR
    assert str(settings.governor_file) in line.remedy


def test_preflight_makes_no_warehouse(settings_with: SettingsWith, policy_file: Path) -> None:
    settings = settings_with()

    run_preflight(settings, policy_file)

    assert not settings.warehouse_file.exists()


def test_with_everything_in_place_nothing_stands_in_the_way_of_a_run(
    running: RunningSandbox, settings_with: SettingsWith, policy_file: Path
) -> None:
    running.sandbox.salesforce.install_package(build_package())
    policy_file.write_text("cases: {type: Other, origin: Web}\naccounts: {create: {type: null}}\n", encoding="utf-8")

    found = run_preflight(settings_with(), policy_file)

    assert [line for line in found if not line.ok] == []
    assert not has_errors(found)
    assert running.log.count() <= 25


def test_preflight_only_reads(running: RunningSandbox, settings_with: SettingsWith, policy_file: Path) -> None:
    run_preflight(settings_with(), policy_file)

    assert {(one.system, one.method) for one in running.log.as_list() if one.method != "GET"} == {
        ("xero", "POST"),
        ("salesforce", "POST"),
    }
    posted = {one.path for one in running.log.as_list() if one.method == "POST"}
    assert posted == {"/connect/token", "/services/oauth2/token"}


def test_lines_that_were_printed_one_by_one_can_still_be_judged(
    running: RunningSandbox, settings_with: SettingsWith, policy_file: Path
) -> None:
    """The command prints each line as it comes and then asks for the verdict: the second look must not be empty."""
    lines = preflight(settings_with(), policy_file)

    printed = list(lines)
    calls = running.log.count()

    assert has_errors(printed)
    assert has_errors(lines)
    assert list(lines) == printed
    assert running.log.count() == calls
