"""Checks of Xero: credentials, scopes, organisations, calls left today, clock.

One call lists the connections; four cheap calls for each organisation prove one scope each, because Xero tells that a
scope is missing only when it is used (HTTP 401 with `WWW-Authenticate: insufficent_scope`). Does not belong here: HTTP
(`clients.xero`) and reading data (`extraction`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from xero_sf_pipeline.clients.failures import header
from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.limits import BudgetUse
from xero_sf_pipeline.clients.xero import XERO_ENTITIES, RawPage, XeroClient, XeroSession, XeroTenant
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import AuthenticationFailed, MissingPermission, PipelineError, RateLimited
from xero_sf_pipeline.policy import Policy
from xero_sf_pipeline.preflight.clock_skew import check_clock
from xero_sf_pipeline.preflight.faults import line_of
from xero_sf_pipeline.preflight.result import CheckResult, failed, not_checked, passed, warned
from xero_sf_pipeline.preflight.xero_scopes import check_access
from xero_sf_pipeline.settings import Settings


@dataclass(frozen=True)
class ScopeProbe:
    """A scope and the cheapest collection that needs it (developer.xero.com, "Scopes")."""

    scope: str
    entity: str


PROBES = (
    ScopeProbe("accounting.settings", "organisation"),
    ScopeProbe("accounting.contacts", "contacts"),
    ScopeProbe("accounting.invoices", "invoices"),
    ScopeProbe("accounting.payments", "payments"),
)

_FORBIDDEN = 403

LITTLE_LEFT = 0.1
"""Share of the budget below which a full read may not finish today."""

_SCOPE_REMEDY = (
    "Add {scope}.read to the app in Xero, authorise it again, and name it in XERO_SCOPES; see docs/connect.md, step 1."
)


def check_xero(
    settings: Settings, clock: Clock, session: XeroSession, governor: Governor, policy: Policy | None
) -> Iterator[CheckResult]:
    """Yield one line for each check; what a failed one stands in the way of is named, not left out."""
    yield check_access(settings, policy)
    try:
        connected = session.connections()
    except PipelineError as error:
        yield _refused_login(error)
        yield not_checked("xero organisations", "the connection does not work")
        for probe in PROBES:
            yield not_checked(f"xero scope {probe.scope}", "the connection does not work")
        yield not_checked("xero calls left", "the connection does not work")
        yield not_checked("xero clock", "the connection does not work")
        return
    yield passed("xero credentials", f"accepted by {settings.xero_identity_url}")
    chosen, problem = _choose(connected, settings.tenant_ids)
    if problem is not None:
        yield problem
    for tenant in chosen:
        yield from _check_tenant(tenant, clock, session.client(tenant.tenant_id, urgent=True), governor)


def _refused_login(error: PipelineError) -> CheckResult:
    if isinstance(error, MissingPermission) and getattr(error, "code", None) == "invalid_scope":
        return line_of("xero scopes", error)
    return line_of("xero credentials" if isinstance(error, AuthenticationFailed) else "xero connection", error)


def _choose(connected: list[XeroTenant], wanted: list[str] | None) -> tuple[list[XeroTenant], CheckResult | None]:
    """Pick the organisations that the settings name; the line says which of them are not connected."""
    organisations = [tenant for tenant in connected if tenant.tenant_type in ("ORGANISATION", "")]
    known = {tenant.tenant_id.lower(): tenant for tenant in organisations}
    if not organisations:
        return [], failed(
            "xero organisations",
            "the app is connected to no organisation",
            "Open the link that Xero mailed to the authorising user, choose the organisation and consent.",
        )
    if wanted is None:
        return organisations, None
    chosen = [known[tenant_id.lower()] for tenant_id in wanted if tenant_id.lower() in known]
    missing = [tenant_id for tenant_id in wanted if tenant_id.lower() not in known]
    if not missing:
        return chosen, None
    available = ", ".join(f"{tenant.tenant_name} ({tenant.tenant_id})" for tenant in organisations)
    return chosen, failed(
        "xero organisations",
        f"XERO_TENANTS names {', '.join(missing)}, which is not connected; connected: {available}",
        "Correct XERO_TENANTS, or connect the organisation to the app.",
    )


def _check_tenant(tenant: XeroTenant, clock: Clock, client: XeroClient, governor: Governor) -> Iterator[CheckResult]:
    label = f"{tenant.tenant_name or 'organisation'} ({tenant.tenant_id})"
    last: RawPage | None = None
    stopped: str | None = None
    limit_told = False
    for probe in PROBES:
        name = f"xero scope {probe.scope}"
        if stopped is not None:
            yield not_checked(name, stopped)
            continue
        try:
            last = _ask(client, probe)
        except RateLimited as error:
            stopped, limit_told = "the limit of calls is reached", True
            yield line_of("xero calls left", error)
            yield not_checked(name, stopped)
        except MissingPermission as error:
            yield _not_permitted(name, label, probe, error)
            if error.status == _FORBIDDEN:
                stopped = "the organisation refuses this app"
        except PipelineError as error:
            yield line_of(name, error)
        else:
            if probe.entity == "organisation":
                yield _organisation(label, last)
            yield passed(name, f"held for {label}")
    if not limit_told:
        yield _calls_left(label, last, governor, tenant.tenant_id)
    if last is None:
        yield not_checked("xero clock", stopped or "no call to the organisation succeeded")
    else:
        yield check_clock("xero clock", last.headers, clock.now())


def _ask(client: XeroClient, probe: ScopeProbe) -> RawPage:
    entity = XERO_ENTITIES[probe.entity]
    return client.page(entity, page=1, page_size=1) if entity.is_paged else client.page(entity)


def _not_permitted(name: str, label: str, probe: ScopeProbe, error: MissingPermission) -> CheckResult:
    if error.status == _FORBIDDEN:
        return line_of("xero organisations", error)
    return failed(name, f"missing for {label}", _SCOPE_REMEDY.format(scope=probe.scope))


def _organisation(label: str, page: RawPage) -> CheckResult:
    facts = _first_organisation(page.body)
    if facts is None:
        return failed("xero organisations", f"{label}: the answer names no organisation", "Run preflight again.")
    demo = ", demo company" if facts.get("IsDemoCompany") is True else ""
    return passed(
        "xero organisations",
        f"{label}: country {facts.get('CountryCode') or 'unknown'}, base currency "
        f"{facts.get('BaseCurrency') or 'unknown'}, time zone {facts.get('Timezone') or 'unknown'}{demo}",
    )


def _first_organisation(body: bytes) -> dict[str, Any] | None:
    try:
        rows = msgspec.json.decode(body)["Organisations"]
    except (msgspec.DecodeError, UnicodeDecodeError, TypeError, KeyError):
        return None
    return rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else None


def _calls_left(label: str, page: RawPage | None, governor: Governor, tenant_id: str) -> CheckResult:
    """Compare what Xero still allows today with what the budget still allows; the smaller one counts."""
    use = _use_of(governor, tenant_id)
    text = (header(page.headers, "X-DayLimit-Remaining") or "") if page is not None else ""
    remaining = int(text) if text.isdigit() else None
    budget = use.daily_budget if use is not None else None
    ours = budget - use.calls if use is not None and budget is not None else None
    known = [count for count in (remaining, ours) if count is not None]
    if not known:
        return not_checked("xero calls left", "Xero's answer does not say and no budget is set")
    detail = f"{label}: Xero allows {_count(remaining)} more today, the budget {_count(ours)} of {_count(budget)}"
    left = min(known)
    if left <= 0:
        return failed("xero calls left", detail, "Wait until the window resets, or raise XERO_DAILY_CALL_BUDGET.")
    if budget is not None and left < budget * LITTLE_LEFT:
        return warned("xero calls left", detail, "A first sync may stop and go on tomorrow; nothing is lost.")
    return passed("xero calls left", detail)


def _use_of(governor: Governor, tenant_id: str) -> BudgetUse | None:
    rows = governor.snapshot()
    return next((row for row in rows if (row.system, row.tenant) == ("xero", tenant_id)), None)


def _count(number: int | None) -> str:
    return "an unknown number" if number is None else f"{max(number, 0):,}"
