"""Checks of what quotes, alerts, totals and mapped fields need from the org, when the policy switches them on.

Belongs here: what a stage or a status means there, whether a currency exists, whether a named field is there and may be
used as the policy wants. Does not belong here: picklist values, owners and record types (`policy_values`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xero_sf_pipeline.clients.salesforce_results import ObjectDescription
from xero_sf_pipeline.mapping.checks import mapping_problems
from xero_sf_pipeline.policy import Policy
from xero_sf_pipeline.policy.mirrored_fields import mirrored_fields
from xero_sf_pipeline.policy.parties import FieldRule
from xero_sf_pipeline.policy.quotes import QuoteStatus
from xero_sf_pipeline.preflight.policy_values import Rows
from xero_sf_pipeline.preflight.result import CheckResult, failed, passed, warned
from xero_sf_pipeline.salesforce_metadata import PERMISSION_SET

_OBJECTS = {
    "accounts": "Account", "contacts": "Contact", "opportunities": "Opportunity", "products": "Product2",
    "xero_invoices": "Xero_Invoice__c",
}  # fmt: skip
"""Mirrored tables whose objects the policy may name fields of."""

_LOST = frozenset({QuoteStatus.DECLINED, QuoteStatus.DELETED})

TAX_NUMBER_LENGTH = 50
"""Characters of Contact.TaxNumber in Xero (Accounting API, Contacts)."""


def check_flows(policy: Policy, described: Mapping[str, ObjectDescription], rows: Rows) -> Iterator[CheckResult]:
    """Yield the lines of the flows that are switched on."""
    if policy.alerts.enabled:
        yield check_task_statuses(policy, rows)
    if policy.quotes.enabled:
        yield check_stages(policy, rows)
    if "CurrencyType" in described:
        yield check_currency(policy, rows)
    yield from check_named_fields(policy, described)


def check_task_statuses(policy: Policy, rows: Rows) -> CheckResult:
    """Make sure that closing a task closes it: `IsClosed` follows from the status alone."""
    line = "policy task statuses"
    alerts = policy.alerts
    closed = {str(row["ApiName"]): bool(row["IsClosed"]) for row in rows("select ApiName, IsClosed from TaskStatus")}
    problems = []
    if closed.get(alerts.closed_status) is False:
        problems.append(f"{alerts.closed_status!r} (alerts.closed_status) does not close a task")
    if closed.get(alerts.open_status) is True:
        problems.append(f"{alerts.open_status!r} (alerts.open_status) closes a task")
    if problems:
        choices = ", ".join(sorted(value for value, is_closed in closed.items() if is_closed)) or "none"
        return failed(line, "; ".join(problems), f"Edit the policy. Statuses that close a task: {choices}.")
    return passed(line, f"{alerts.closed_status!r} closes a task, {alerts.open_status!r} does not")


def check_stages(policy: Policy, rows: Rows) -> CheckResult:
    """Compare what a quote's status says with what its stage means in the org: won, lost or open."""
    line = "policy quote stages"
    stages = {
        str(row["ApiName"]): (bool(row["IsClosed"]), bool(row["IsWon"]))
        for row in rows("select ApiName, IsClosed, IsWon from OpportunityStage where IsActive = true")
    }
    problems = []
    for status, stage in policy.quotes.stages.items():
        wanted = (status in _LOST or status is QuoteStatus.INVOICED, status is QuoteStatus.INVOICED)
        if stage in stages and stages[stage] != wanted:
            problems.append(f"{stage!r} (quotes.stages.{status}) is {_meaning(stages[stage])}, not {_meaning(wanted)}")
    if problems:
        return warned(line, "; ".join(problems), "Edit quotes.stages in the policy, unless it is meant so.")
    return passed(line, "invoiced quotes are won, declined and deleted ones lost, the others open")


def _meaning(stage: tuple[bool, bool]) -> str:
    is_closed, is_won = stage
    return "won" if is_won else "lost" if is_closed else "open"


def check_currency(policy: Policy, rows: Rows) -> CheckResult:
    """In an org with several currencies, the currency of the totals has to be an active one of them."""
    line = "policy currency"
    found = rows("select IsoCode, IsCorporate from CurrencyType where IsActive = true")
    active = sorted(str(row["IsoCode"]) for row in found)
    corporate = next((str(row["IsoCode"]) for row in found if row["IsCorporate"]), "unknown")
    named = policy.currency.salesforce
    if named is None:
        return passed(line, f"totals are in {corporate}, the corporate currency")
    if named not in active:
        return failed(
            line,
            f"{named} (currency.salesforce) is no active currency of the org",
            f"Name one of {', '.join(active)}, or leave it out for {corporate}.",
        )
    if named != corporate:
        return warned(
            line,
            f"totals are in {named} (currency.salesforce), accounts may be in another currency",
            f"Salesforce shows a total with the account's own currency. Leave it out to get {corporate}.",
        )
    return passed(line, f"totals are in {named}, the corporate currency")


def check_named_fields(policy: Policy, described: Mapping[str, ObjectDescription]) -> Iterator[CheckResult]:
    """Yield one line for each object of which the policy names fields beside those that are always read."""
    by_object: dict[str, set[str]] = {}
    for named in mirrored_fields(policy):
        by_object.setdefault(_OBJECTS.get(named.source, named.source), set()).add(named.api_name)
    for object_name, names in sorted(by_object.items()):
        if object_name in described:
            yield _named_fields(object_name, names, described[object_name], policy)


def _named_fields(object_name: str, names: set[str], description: ObjectDescription, policy: Policy) -> CheckResult:
    line = f"policy fields {object_name}"
    missing = sorted(names - set(description.fields))
    if missing:
        return failed(
            line,
            f"the policy names {', '.join(missing)}, missing or hidden from the integration user",
            f"Correct the name in the policy, or grant Read on the field in {PERMISSION_SET} or a permission set of "
            "your own.",
        )
    cannot_work = [
        problem
        for mapping in policy.mappings
        if mapping.objects[0] == object_name
        for problem in mapping_problems(mapping, description.fields[mapping.salesforce_field])
    ]
    if cannot_work:
        return failed(
            line, "; ".join(cannot_work), "Correct the mapping (docs/mapping.md), or grant Edit on the field."
        )
    if object_name == "Account" and policy.parties.tax_number_field is not None:
        problem = _tax_number_problem(policy, description)
        if problem is not None:
            return problem
    return passed(line, f"{', '.join(sorted(names))}: visible")


def _tax_number_problem(policy: Policy, description: ObjectDescription) -> CheckResult | None:
    line, name = "policy fields Account", policy.parties.tax_number_field or ""
    field = description.fields[name]
    if field.type != "string" or field.is_calculated:
        return failed(
            line,
            f"{name} (parties.tax_number_field) is {'a formula' if field.is_calculated else f'of type {field.type}'}",
            "Name a text field.",
        )
    is_written = policy.parties.enabled and policy.parties.fields.tax_number not in _NEVER_WRITTEN
    if is_written and not field.is_updateable:
        return failed(
            line,
            f"{name} (parties.tax_number_field) is read-only for the integration user",
            f"Grant Edit on it, or set parties.fields.tax_number to {FieldRule.SALESFORCE_WINS}.",
        )
    if field.length < TAX_NUMBER_LENGTH:
        return warned(
            line,
            f"{name} (parties.tax_number_field) holds {field.length} characters, a tax number in Xero up to "
            f"{TAX_NUMBER_LENGTH}",
            "Make the field longer; a number that does not fit is not carried over.",
        )
    return None


_NEVER_WRITTEN = frozenset({FieldRule.OFF, FieldRule.REVIEW, FieldRule.SALESFORCE_WINS})
"""Rules under which the value in Salesforce is never changed without a person."""
