"""All checks in order: this machine first, then Xero, then Salesforce."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.salesforce import SalesforceClient
from xero_sf_pipeline.clients.xero import XeroSession
from xero_sf_pipeline.clock import Clock, SystemClock
from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.policy import Policy, load_policy
from xero_sf_pipeline.preflight import local
from xero_sf_pipeline.preflight.result import CheckResult, failed, not_checked, passed
from xero_sf_pipeline.preflight.salesforce import check_salesforce
from xero_sf_pipeline.preflight.xero import check_xero
from xero_sf_pipeline.settings import Settings, load_settings

_RETRY = Retry(attempts=2)
"""A person is waiting: one more try tells a hiccup from an outage."""


def run_preflight(
    settings: Settings | None = None, policy_path: Path | None = None, *, clock: Clock | None = None
) -> list[CheckResult]:
    """Run every check and return its lines. Raises nothing for a problem that a person can fix.

    Args:
        settings: read from the environment and .env when left out
        policy_path: the settings' policy file when left out
    """
    return list(preflight(settings, policy_path, clock=clock))


def preflight(
    settings: Settings | None = None, policy_path: Path | None = None, *, clock: Clock | None = None
) -> PreflightLines:
    """Return the lines to iterate over, each as soon as it is known; see `run_preflight`."""
    return PreflightLines(_checks(settings, policy_path, clock or SystemClock()))


class PreflightLines(Iterable[CheckResult]):
    """The lines of one preflight. Iterating again gives the same lines and checks nothing twice."""

    def __init__(self, checks: Iterator[CheckResult]) -> None:
        self._checks = checks
        self._known: list[CheckResult] = []

    def __iter__(self) -> Iterator[CheckResult]:
        position = 0
        while True:
            if position == len(self._known):
                line = next(self._checks, None)
                if line is None:
                    return
                self._known.append(line)
            yield self._known[position]
            position += 1


def _checks(settings: Settings | None, policy_path: Path | None, clock: Clock) -> Iterator[CheckResult]:
    if settings is None:
        try:
            settings = load_settings()
        except ConfigError as error:
            yield from local.settings_problems(error)
            for name in ("data folder", "disk", "warehouse", "policy", "pushing", "xero", "salesforce"):
                yield not_checked(name, "the settings are not complete")
            return
    yield passed("settings", "complete")
    data_dir = local.check_data_dir(settings)
    yield data_dir
    yield local.check_disk(settings)
    yield local.check_warehouse(settings)
    policy, lines = _check_policy(policy_path or settings.policy_file)
    yield from lines
    yield local.check_push(settings)
    yield from _check_systems(settings, clock, policy, can_write=data_dir.ok)


def _check_policy(path: Path) -> tuple[Policy | None, list[CheckResult]]:
    try:
        policy = load_policy(path)
    except ConfigError as error:
        problems = error.problems or [str(error.args[0]).strip()]
        return None, [failed("policy", problem, error.remedy or f"Edit {path}.") for problem in problems]
    return policy, [passed("policy", f"{path} is valid (hash {policy.content_hash})")]


def _check_systems(
    settings: Settings, clock: Clock, policy: Policy | None, *, can_write: bool
) -> Iterator[CheckResult]:
    """Check both APIs. Calls are counted in the data folder, or, when that cannot be written, in a passing one."""
    with ExitStack() as stack:
        counted = settings
        if not can_write:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="xero-sf-preflight-"))
            counted = settings.model_copy(update={"xero_sf_data_dir": Path(folder)})
        try:
            governor = Governor.from_settings(counted, clock)
            stack.callback(governor.close)
            governor.snapshot()
        except (OSError, sqlite3.Error, ConfigError) as error:
            remedy = f"Move {settings.governor_file} away; it only holds the counts of calls."
            yield failed("call budget", f"its file cannot be used: {type(error).__name__}", remedy)
            yield not_checked("xero", "the budget of calls cannot be kept")
            yield not_checked("salesforce", "the budget of calls cannot be kept")
            return
        session = stack.enter_context(XeroSession(settings, clock, governor, retry=_RETRY))
        yield from check_xero(settings, clock, session, governor, policy)
        client = stack.enter_context(SalesforceClient(settings, clock, governor, retry=_RETRY, urgent=True))
        yield from check_salesforce(settings, clock, client, governor, policy)
