"""Preflight of Xero against the sandbox, with one thing broken at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.usage import Usage
from xero_sf_pipeline.clients.xero import XeroSession
from xero_sf_pipeline.clock import Clock, SystemClock
from xero_sf_pipeline.policy import Policy
from xero_sf_pipeline.preflight.result import CheckResult, Severity
from xero_sf_pipeline.preflight.xero import check_xero
from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.xero.tokens import DEFAULT_APP
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline_tests.preflight.conftest import TENANT, SettingsWith

LABEL = f"Kauri Supplies ({TENANT})"
SCOPES = ["accounting.settings", "accounting.contacts", "accounting.invoices", "accounting.payments"]


class Ahead:
    """A clock that is wrong by a fixed step."""

    def __init__(self, step: timedelta) -> None:
        self._step = step

    def now(self) -> datetime:
        return SystemClock().now() + self._step


def check(settings: Settings, clock: Clock | None = None, policy: Policy | None = None) -> list[CheckResult]:
    clock = clock or SystemClock()
    governor = Governor.from_settings(settings, clock)
    with XeroSession(settings, clock, governor, retry=Retry(attempts=1)) as session:
        found = list(check_xero(settings, clock, session, governor, policy))
    governor.close()
    return found


def only(found: list[CheckResult], name: str) -> CheckResult:
    (line,) = [line for line in found if line.name == name]
    return line


def test_a_working_connection_passes_every_check_in_few_calls(
    running: RunningSandbox, settings_with: SettingsWith
) -> None:
    settings = settings_with()

    found = check(settings)

    assert found == [
        CheckResult(
            "xero access",
            True,
            "read only",
            "",
            Severity.INFO,
        ),
        CheckResult("xero credentials", True, f"accepted by {running.url}", "", Severity.INFO),
        CheckResult(
            "xero organisations",
            True,
            f"{LABEL}: country NZ, base currency NZD, time zone NEWZEALANDSTANDARDTIME, demo company",
            "",
            Severity.INFO,
        ),
        *(CheckResult(f"xero scope {scope}", True, f"held for {LABEL}", "", Severity.INFO) for scope in SCOPES),
        CheckResult(
            "xero calls left",
            True,
            f"{LABEL}: Xero allows 4,996 more today, the budget 4,496 of 4,500",
            "",
            Severity.INFO,
        ),
        CheckResult("xero clock", True, "agrees with the server's", "", Severity.INFO),
    ]
    assert running.log.count("xero") == 6


def test_an_app_with_read_scopes_alone_is_enough(running: RunningSandbox, settings_with: SettingsWith) -> None:
    scopes = frozenset(f"{scope}.read" for scope in SCOPES)
    running.sandbox.xero.tokens.register(replace(DEFAULT_APP, scopes=scopes))

    assert all(line.ok for line in check(settings_with()))


def test_scopes_that_may_write_are_named(running: RunningSandbox, settings_with: SettingsWith) -> None:
    found = check(settings_with(xero_scopes=" ".join(SCOPES)))

    assert only(found, "xero access").detail == (
        f"may write too ({' '.join(sorted(SCOPES))}); nothing that is switched on writes to Xero"
    )
    assert all(line.ok for line in found)


def test_a_wrong_secret_is_one_error_and_never_shown(settings_with: SettingsWith) -> None:
    found = check(settings_with(xero_client_secret="hunter2-not-it"))

    line = only(found, "xero credentials")
    assert line.severity is Severity.ERROR
    assert "invalid_client" in line.detail
    assert "XERO_CLIENT_SECRET" in line.remedy
    assert "hunter2-not-it" not in repr(found)
    assert [line.name for line in found if line.severity is Severity.NOT_CHECKED] == [
        "xero organisations",
        *(f"xero scope {scope}" for scope in SCOPES),
        "xero calls left",
        "xero clock",
    ]


def test_a_scope_that_the_app_was_not_given_is_named_with_the_remedy(
    running: RunningSandbox, settings_with: SettingsWith
) -> None:
    held = [scope for scope in SCOPES if scope != "accounting.payments"]
    running.sandbox.xero.tokens.register(replace(DEFAULT_APP, scopes=frozenset(held)))

    found = check(settings_with(xero_scopes=" ".join(held)))

    assert only(found, "xero scope accounting.payments") == CheckResult(
        "xero scope accounting.payments",
        False,
        f"missing for {LABEL}",
        "Add accounting.payments.read to the app in Xero, authorise it again, and name it in XERO_SCOPES; "
        "see docs/connect.md, step 1.",
        Severity.ERROR,
    )
    assert [only(found, f"xero scope {scope}").ok for scope in held] == [True, True, True]
    assert only(found, "xero clock").ok


def test_asking_for_a_scope_that_the_app_does_not_hold_is_refused_at_the_token(settings_with: SettingsWith) -> None:
    line = only(check(settings_with(xero_scopes="accounting.invoices payroll.employees")), "xero scopes")

    assert line.severity is Severity.ERROR
    assert "invalid_scope" in line.detail
    assert "XERO_SCOPES" in line.remedy


def test_a_tenant_that_is_not_connected_is_named_beside_those_that_are(settings_with: SettingsWith) -> None:
    found = check(settings_with(xero_tenants=f"{TENANT},deadbeef-0000-4000-8000-000000000000"))

    broken = [line for line in found if not line.ok]
    assert [(line.name, line.severity, line.detail) for line in broken] == [
        (
            "xero organisations",
            Severity.ERROR,
            f"XERO_TENANTS names deadbeef-0000-4000-8000-000000000000, which is not connected; connected: {LABEL}",
        )
    ]
    assert only(found, "xero scope accounting.payments").ok


def test_a_used_up_budget_is_an_error_and_the_rest_says_that_it_was_not_checked(settings_with: SettingsWith) -> None:
    settings = settings_with(xero_daily_call_budget=2)

    found = check(settings)

    line = only(found, "xero calls left")
    assert line.severity is Severity.ERROR
    assert "daily call budget" in line.detail
    assert [line.name for line in found if line.severity is Severity.NOT_CHECKED] == [
        "xero scope accounting.invoices",
        "xero scope accounting.payments",
    ]


def test_a_budget_that_is_nearly_used_up_is_a_warning(settings_with: SettingsWith) -> None:
    settings = settings_with(xero_daily_call_budget=100)
    governor = Governor.from_settings(settings, SystemClock())
    governor.count("xero", TENANT, Usage(calls=92))
    governor.close()

    assert only(check(settings), "xero calls left") == CheckResult(
        "xero calls left",
        False,
        f"{LABEL}: Xero allows 4,996 more today, the budget 4 of 100",
        "A first sync may stop and go on tomorrow; nothing is lost.",
        Severity.WARNING,
    )


def test_a_server_that_does_not_answer_is_a_line_and_not_a_traceback(settings_with: SettingsWith) -> None:
    found = check(settings_with(xero_api_url="http://127.0.0.1:9", xero_identity_url="http://127.0.0.1:9"))

    line = only(found, "xero connection")
    assert line.severity is Severity.ERROR
    assert "no connection could be made" in line.detail
    assert line.remedy


@pytest.mark.parametrize(
    ("step", "severity"), [(timedelta(minutes=2), Severity.WARNING), (timedelta(minutes=-20), Severity.ERROR)]
)
def test_a_wrong_clock_is_noticed(settings_with: SettingsWith, step: timedelta, severity: Severity) -> None:
    line = only(check(settings_with(), Ahead(step)), "xero clock")

    assert line.severity is severity
    assert "NTP" in line.remedy


def test_a_passing_server_error_at_one_call_does_not_hide_the_other_checks(
    running: RunningSandbox, settings_with: SettingsWith
) -> None:
    running.faults.arm(Fault("xero", "status", path="/Contacts", times=1, argument={"status": 503, "body": "busy"}))

    found = check(settings_with())

    assert only(found, "xero scope accounting.contacts").severity is Severity.ERROR
    assert only(found, "xero scope accounting.payments").ok
