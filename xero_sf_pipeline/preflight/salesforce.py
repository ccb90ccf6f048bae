"""Checks of Salesforce: credentials, API version, objects and fields, the policy's values, calls left, clock.

About twenty calls. Belongs here: asking the org, and the order in which one problem stands in the way of another check.
Does not belong here: judging a description (`salesforce_fields`) or the policy's values (`policy_values`,
`policy_flows`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.salesforce import SalesforceClient
from xero_sf_pipeline.clients.salesforce_results import ApiVersions, ObjectDescription
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import AuthenticationFailed, NotFound, PipelineError, RateLimited, TransientApiError
from xero_sf_pipeline.policy import Policy
from xero_sf_pipeline.preflight.clock_skew import check_clock
from xero_sf_pipeline.preflight.faults import line_of
from xero_sf_pipeline.preflight.policy_flows import check_flows
from xero_sf_pipeline.preflight.policy_values import (
    check_case_statuses,
    check_owners,
    check_picklists,
    check_record_types,
)
from xero_sf_pipeline.preflight.result import CheckResult, failed, not_checked, passed, warned
from xero_sf_pipeline.preflight.salesforce_fields import DEPLOY_OR_ASSIGN, check_object
from xero_sf_pipeline.salesforce_metadata import OBJECTS, ExpectedObject
from xero_sf_pipeline.settings import Settings

LITTLE_LEFT = 0.1
"""Share of the budget below which a full read may not finish today."""


def check_salesforce(
    settings: Settings, clock: Clock, client: SalesforceClient, governor: Governor, policy: Policy | None
) -> Iterator[CheckResult]:
    """Yield one line for each check. `policy` None: it is not valid, so its values cannot be compared."""
    try:
        offered = client.api_versions()
    except PipelineError as error:
        name = "salesforce credentials" if isinstance(error, AuthenticationFailed) else "salesforce connection"
        yield line_of(name, error)
        yield from _not_checked("the connection does not work")
        return
    yield passed("salesforce credentials", f"accepted by {settings.salesforce_login_url}")
    yield check_clock("salesforce clock", offered.headers, clock.now())
    version = _check_version(settings, offered)
    yield version
    if not version.ok:
        yield from _not_checked("the API version is not offered", but={"salesforce clock", "salesforce API version"})
        return
    described: dict[str, ObjectDescription] = {}
    yield from _check_objects(client, described)
    yield _calls_left(settings, governor)
    yield from _check_policy(client, described, policy)


def _not_checked(because: str, but: set[str] | None = None) -> Iterator[CheckResult]:
    names = ["salesforce API version", *(f"salesforce fields {one.name}" for one in OBJECTS)]
    for name in [*names, "salesforce calls left", "salesforce clock", "policy values"]:
        if name not in (but or set()):
            yield not_checked(name, because)


def _check_version(settings: Settings, offered: ApiVersions) -> CheckResult:
    wanted = settings.salesforce_api_version
    if wanted not in offered.versions:
        newest = offered.versions[-1] if offered.versions else "unknown"
        return failed(
            "salesforce API version",
            f"{wanted} is not offered by the org; the newest is {newest}",
            "Leave SALESFORCE_API_VERSION out to get the tested version, or name one that the org offers.",
        )
    return passed("salesforce API version", f"{wanted} (the org offers up to {offered.versions[-1]})")


def _check_objects(client: SalesforceClient, described: dict[str, ObjectDescription]) -> Iterator[CheckResult]:
    """Yield the lines of every object and leave the descriptions in `described`."""
    stopped: str | None = None
    for wanted in OBJECTS:
        name = f"salesforce fields {wanted.name}"
        if stopped is not None:
            yield not_checked(name, stopped)
            continue
        try:
            found = client.describe(wanted.name)
        except NotFound:
            yield _absent(name, wanted)
        except AuthenticationFailed as error:
            stopped = "Salesforce refuses the session"
            yield line_of("salesforce credentials", error)
        except (RateLimited, TransientApiError) as error:
            stopped = "Salesforce does not answer calls now"
            yield line_of("salesforce connection", error)
        except PipelineError as error:
            yield line_of(name, error)
        else:
            described[wanted.name] = found
            yield from check_object(wanted, found)


def _absent(name: str, wanted: ExpectedObject) -> CheckResult:
    if wanted.is_optional:
        return passed(name, f"the org has no {wanted.name}, and the pipeline does without")
    return failed(name, f"{wanted.name} does not exist, or is hidden from the integration user", DEPLOY_OR_ASSIGN)


def _calls_left(settings: Settings, governor: Governor) -> CheckResult:
    """Compare what the org still allows (Sforce-Limit-Info of the last answer) with what the budget still allows."""
    org = urlsplit(settings.salesforce_login_url).netloc
    rows = governor.snapshot()
    use = next((row for row in rows if (row.system, row.tenant) == ("salesforce", org)), None)
    if use is None or use.daily_budget is None:
        return not_checked("salesforce calls left", "no call was counted")
    ours = max(use.daily_budget - use.calls, 0)
    remaining = use.day_remaining
    theirs = "an unknown number" if remaining is None else f"{remaining:,}"
    detail = f"the org allows {theirs} more in 24 hours, the budget {ours:,} of {use.daily_budget:,}"
    left = ours if remaining is None else min(ours, remaining)
    if left <= 0:
        return failed(
            "salesforce calls left", detail, "Wait until calls are free again, or raise SALESFORCE_DAILY_CALL_BUDGET."
        )
    if left < use.daily_budget * LITTLE_LEFT:
        return warned("salesforce calls left", detail, "A first sync may stop and go on tomorrow; nothing is lost.")
    return passed("salesforce calls left", detail)


def _check_policy(
    client: SalesforceClient, described: dict[str, ObjectDescription], policy: Policy | None
) -> Iterator[CheckResult]:
    if policy is None:
        yield not_checked("policy values", "the policy is not valid")
        return

    def rows(soql: str) -> list[dict[str, Any]]:
        return [row for page in client.query_pages(soql) for row in msgspec.json.decode(page)["records"]]

    yield from check_picklists(policy, described)
    if "Case" in described:
        try:
            yield check_case_statuses(policy, rows)
        except PipelineError as error:
            yield line_of("policy case statuses", error)
    for name, check in (("policy owners", check_owners), ("policy record types", check_record_types)):
        try:
            yield from check(policy, rows)
        except PipelineError as error:
            yield line_of(name, error)
    try:
        yield from check_flows(policy, described, rows)
    except PipelineError as error:
        yield line_of("policy flows", error)
