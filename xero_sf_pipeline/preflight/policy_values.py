"""Checks that what the policy names exists in the org: picklist values, case statuses, owners, record types.

Belongs here: comparing the policy with the org. Does not belong here: whether the policy is well formed (`policy`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from xero_sf_pipeline.clients.salesforce_results import ObjectDescription
from xero_sf_pipeline.policy import Policy
from xero_sf_pipeline.policy.alerts import AlertCause
from xero_sf_pipeline.policy.catalogue import CatalogueDirection
from xero_sf_pipeline.preflight.result import CheckResult, failed, not_checked, passed, warned

Rows = Callable[[str], list[dict[str, object]]]
"""Runs one small query and returns its records."""


@dataclass(frozen=True)
class PolicyValue:
    """One picklist value that the policy names, with its place in the policy."""

    object_name: str
    field: str
    value: str
    where: str


def picklist_values(policy: Policy) -> list[PolicyValue]:
    """Return every picklist value that a plan made with this policy could write."""
    cases, accounts = policy.cases, policy.accounts.create
    named: list[tuple[str, str, str | None, str]] = [
        ("Case", "Status", cases.opened_status, "cases.opened_status"),
        ("Case", "Status", cases.closed_status, "cases.closed_status"),
        ("Case", "Status", cases.reopened_status, "cases.reopened_status"),
        ("Case", "Type", cases.type, "cases.type"),
        ("Case", "Origin", cases.origin, "cases.origin"),
        *(("Case", "Priority", step.priority, f"cases.ladder[{n}].priority") for n, step in enumerate(cases.ladder)),
        ("Account", "Type", accounts.type, "accounts.create.type"),
        *_of_later_flows(policy),
    ]
    return [PolicyValue(one, field, value, where) for one, field, value, where in named if value is not None]


def _of_later_flows(policy: Policy) -> Iterator[tuple[str, str, str | None, str]]:
    """Values of the flows that are switched on: quotes, the catalogue, contact details and alerts."""
    alerts, quotes = policy.alerts, policy.quotes
    if quotes.enabled:
        yield from (
            ("Opportunity", "StageName", one, f"quotes.stages.{status}") for status, one in quotes.stages.items()
        )
        yield "Opportunity", "Type", quotes.type, "quotes.type"
    if policy.catalogue.direction is CatalogueDirection.XERO_TO_SALESFORCE:
        yield "Product2", "Family", policy.catalogue.product_family, "catalogue.product_family"
    if policy.parties.enabled:
        for one in policy.parties.create_xero_contacts:
            yield "Account", "Type", one, "parties.create_xero_contacts"
    if alerts.enabled:
        yield "Task", "Status", alerts.open_status, "alerts.open_status"
        yield "Task", "Status", alerts.closed_status, "alerts.closed_status"
        for name in type(alerts).model_fields:
            cause = getattr(alerts, name)
            if isinstance(cause, AlertCause) and cause.enabled:
                yield "Task", "Priority", cause.priority, f"alerts.{name}.priority"


def check_picklists(policy: Policy, described: Mapping[str, ObjectDescription]) -> Iterator[CheckResult]:
    """Yield one line for each picklist. A missing value is an error where the org would refuse or misread it."""
    by_field: dict[tuple[str, str], list[PolicyValue]] = {}
    for one in picklist_values(policy):
        by_field.setdefault((one.object_name, one.field), []).append(one)
    for (object_name, field), wanted in by_field.items():
        line = f"policy {object_name}.{field}"
        description = described.get(object_name)
        found = description.fields.get(field) if description is not None else None
        if found is None:
            yield not_checked(line, f"{object_name}.{field} is not visible")
            continue
        missing = [one for one in wanted if one.value not in found.picklist_values]
        if not missing:
            yield passed(line, f"{', '.join(sorted({one.value for one in wanted}))}: active")
            continue
        detail = f"no active value {', '.join(f'{one.value!r} ({one.where})' for one in missing)}"
        remedy = f"Add it in Setup > Object Manager > {object_name} > {field}, or use one of: " + ", ".join(
            found.picklist_values[:12]
        )
        if found.is_restricted or field in ("StageName", "Status"):
            yield failed(line, detail, remedy)
        else:
            yield warned(line, f"{detail}; Salesforce stores it, but filters and reports do not offer it", remedy)


def check_case_statuses(policy: Policy, rows: Rows) -> CheckResult:
    """Make sure that closing closes and opening does not: `IsClosed` follows from the status alone."""
    line = "policy case statuses"
    closed = {str(row["ApiName"]): bool(row["IsClosed"]) for row in rows("select ApiName, IsClosed from CaseStatus")}
    cases = policy.cases
    problems = []
    if closed.get(cases.closed_status) is False:
        problems.append(f"{cases.closed_status!r} (cases.closed_status) does not close a case")
    for value, where in (
        (cases.opened_status, "cases.opened_status"),
        (cases.reopened_status, "cases.reopened_status"),
    ):
        if closed.get(value) is True:
            problems.append(f"{value!r} ({where}) closes a case")
    if problems:
        choices = ", ".join(sorted(value for value, is_closed in closed.items() if is_closed)) or "none"
        return failed(line, "; ".join(problems), f"Edit the policy. Statuses that close a case: {choices}.")
    return passed(line, f"{cases.closed_status!r} closes a case, {cases.opened_status!r} does not")


def check_owners(policy: Policy, rows: Rows) -> Iterator[CheckResult]:
    """Yield a line when the policy names owners: users must be active, queues must take cases."""
    cases = policy.cases
    named = [
        (cases.owner.user_or_queue_id, "cases.owner.user_or_queue_id"),
        *((step.owner_id, f"cases.ladder[{n}].owner_id") for n, step in enumerate(cases.ladder)),
        (policy.accounts.create.owner_id, "accounts.create.owner_id"),
        (policy.alerts.owner_id if policy.alerts.enabled else None, "alerts.owner_id"),
    ]
    owners = [(owner_id, where) for owner_id, where in named if owner_id is not None]
    if not owners:
        return
    usable: set[str] = set()
    users = sorted({owner_id for owner_id, _ in owners if owner_id.startswith("005")})
    queues = sorted({owner_id for owner_id, _ in owners if owner_id.startswith("00G")})
    if users:
        query = f"select Id from User where IsActive = true and Id in ({_quoted(users)})"  # noqa: S608 - checked ids
        usable |= {str(row["Id"])[:15] for row in rows(query)}
    if queues:
        query = f"select Id from Group where Type = 'Queue' and Id in ({_quoted(queues)})"  # noqa: S608 - checked ids
        usable |= {str(row["Id"])[:15] for row in rows(query)}
    missing = [f"{owner_id} ({where})" for owner_id, where in owners if owner_id[:15] not in usable]
    if missing:
        yield failed(
            "policy owners",
            f"no active user or queue {', '.join(missing)}",
            "Name an active user or a queue for cases: the id is in the address of its page in Setup.",
        )
    else:
        yield passed("policy owners", f"{len(owners)} found")


def check_record_types(policy: Policy, rows: Rows) -> Iterator[CheckResult]:
    """Yield a line when the policy names record types: each must be an active one of its object."""
    named = [
        ("Case", policy.cases.record_type_id, "cases.record_type_id"),
        ("Account", policy.accounts.create.record_type_id, "accounts.create.record_type_id"),
        ("Opportunity", policy.quotes.record_type_id if policy.quotes.enabled else None, "quotes.record_type_id"),
    ]
    wanted = [(one, type_id, where) for one, type_id, where in named if type_id is not None]
    if not wanted:
        return
    ids = _quoted(sorted({type_id for _, type_id, _ in wanted}))
    query = f"select Id, SobjectType from RecordType where IsActive = true and Id in ({ids})"  # noqa: S608 - checked ids
    usable = {(str(row["SobjectType"]), str(row["Id"])[:15]) for row in rows(query)}
    missing = [
        f"{one} record type {type_id} ({where})" for one, type_id, where in wanted if (one, type_id[:15]) not in usable
    ]
    if missing:
        yield failed(
            "policy record types",
            f"no active {', '.join(missing)}",
            "Name an active record type of that object, assigned to the integration user.",
        )
    else:
        yield passed("policy record types", f"{len(wanted)} found")


def _quoted(ids: list[str]) -> str:
    """Quote ids for SOQL. The policy has checked that they are letters and digits only."""
    return ", ".join(f"'{one}'" for one in ids)
