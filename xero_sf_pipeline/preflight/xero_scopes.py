"""Whether Xero would let the pipeline write what the policy switches on, told from the scopes alone.

Belongs here: which flow needs which scope (developer.xero.com, "Scopes"). Does not belong here: asking Xero (`xero`),
or whether a person lets writes go (`local.check_push`).
"""

from __future__ import annotations

from xero_sf_pipeline.policy import Policy
from xero_sf_pipeline.policy.catalogue import CatalogueDirection
from xero_sf_pipeline.preflight.result import CheckResult, failed, passed, warned
from xero_sf_pipeline.settings import Settings

LINE = "xero access"

_INSTEAD = {"accounting.invoices": "accounting.transactions"}
"""Scopes of apps that are older than the granular ones; they stop working in September 2027."""


_MAPPED = {
    "Contact": ("accounting.contacts",),
    "Invoice": ("accounting.invoices",),
    "Item": ("accounting.invoices", "accounting.settings"),
}
"""Scopes that a mapping to an object needs; those of items are listed under both, and an app may hold only one."""


def write_scopes(policy: Policy) -> dict[str, list[str]]:
    """Return the scopes that the flows which are on need to write, each with the policy's words for those flows."""
    needed: dict[str, list[str]] = {}
    if policy.billing.enabled:
        needed.setdefault("accounting.invoices", []).append("billing")
        if policy.billing.create_contacts:
            needed.setdefault("accounting.contacts", []).append("billing.create_contacts")
    if policy.parties.enabled:
        needed.setdefault("accounting.contacts", []).append("parties")
    for xero_object, scopes in _MAPPED.items():
        if any(one.writes_xero and one.objects[1] == xero_object for one in policy.mappings):
            for scope in scopes:
                needed.setdefault(scope, []).append("mappings")
    if policy.catalogue.direction is CatalogueDirection.SALESFORCE_TO_XERO:
        # Items are listed under both, and an app may hold only one of them.
        for scope in ("accounting.invoices", "accounting.settings"):
            needed.setdefault(scope, []).append("catalogue")
    return needed


def check_access(settings: Settings, policy: Policy | None) -> CheckResult:
    """Compare the scopes of the settings with what the policy wants written. `policy` None: it is not valid."""
    held = set(settings.xero_scopes.split())
    writing = sorted(scope for scope in held if not scope.endswith(".read"))
    needed = write_scopes(policy) if policy is not None else {}
    missing = {scope: flows for scope, flows in needed.items() if scope not in held and _INSTEAD.get(scope) not in held}
    if missing:
        detail = "; ".join(f"{' and '.join(flows)}: {scope}" for scope, flows in sorted(missing.items()))
        judge = failed if settings.xero_sf_push_enabled else warned
        return judge(
            LINE,
            f"the policy wants to write to Xero without the scope for it ({detail})",
            "In Xero, give the app these scopes instead of the ones that end in .read, authorise it again, and put "
            "them into XERO_SCOPES (docs/connect.md, step 1); or switch the flow off. Until then Xero refuses.",
        )
    if not writing:
        return passed(LINE, "read only")
    if needed:
        return passed(LINE, f"may write what the policy switches on ({' '.join(writing)})")
    return passed(LINE, f"may write too ({' '.join(writing)}); nothing that is switched on writes to Xero")
