"""The truths that must hold after every run. A check is named as what it asserts; its metadata names the offenders.

One step runs all checks of a stage in one go. The statements are in `sql/checks` and return the offending rows. A key
that occurs twice stops the run, because a plan made from it could write twice; the other truths are reported.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg

from xero_sf_pipeline.defs.resources import PipelineRun
from xero_sf_pipeline.errors import PlanHeld


@dataclass(frozen=True)
class _Truth:
    name: str
    asset: str
    description: str
    is_warning: bool = False
    is_blocking: bool = False


_TRUTHS: dict[str, tuple[_Truth, ...]] = {
    "core_checks": (
        _Truth(
            "raw_keys_are_unique",
            "core/invoices",
            "Every record has one current version in the raw history.",
            is_blocking=True,
        ),
        _Truth("core_keys_are_unique", "core/contacts", "Every key occurs once in its core table.", is_blocking=True),
        _Truth("core_references_exist", "core/payments", "Documents name contacts and documents that are mirrored."),
        _Truth("invoice_amounts_tie", "core/invoices", "Amount due = total - paid - credited, to the cent."),
        _Truth(
            "payments_tie_with_invoices",
            "core/payments",
            "An invoice's payments add up to its amount paid, to the cent.",
        ),
        _Truth("one_open_case_per_invoice", "core/cases", "No invoice has two live cases."),
        _Truth("one_open_task_per_alert", "core/tasks", "No account has two open tasks for one cause."),
        _Truth(
            "nothing_waits_in_quarantine",
            "core/invoices",
            "Every record that was read could be typed.",
            is_warning=True,
        ),
    ),
    "receivables_checks": (
        _Truth("ageing_ties_with_invoices", "receivables/ageing", "Ageing adds up to what is due on invoices."),
        _Truth("balances_tie", "receivables/balances", "Opening + invoiced - paid - credited = closing, to the cent."),
        _Truth(
            "account_status_ties_with_invoices",
            "receivables/account_status",
            "What an account owes is what is due on its invoices, to the cent.",
        ),
    ),
    "billing_checks": (
        _Truth(
            "no_instalment_is_billed_twice",
            "billing/invoice_links",
            "We made at most one living invoice per deal, instalment and revision.",
        ),
    ),
    "plan_checks": (
        _Truth(
            "overdue_invoices_are_accounted_for",
            "plan/writes",
            "Every overdue invoice has a case, a review entry or a stated exclusion.",
        ),
        _Truth(
            "confirmed_writes_do_not_come_back", "plan/writes", "What was pushed and confirmed is not planned again."
        ),
    ),
    "report_checks": (
        _Truth(
            "control_totals_tie",
            "reporting/control_totals",
            "Xero, the tables and Salesforce agree to the cent, apart from differences with a known reason.",
        ),
    ),
}


def build() -> list[dg.AssetChecksDefinition]:
    """All checks, one step per stage."""
    return [_stage_checks(stage, truths) for stage, truths in _TRUTHS.items()]


def _stage_checks(stage: str, truths: tuple[_Truth, ...]) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(
        name=stage,
        specs=[
            dg.AssetCheckSpec(
                truth.name,
                asset=dg.AssetKey(truth.asset.split("/")),
                description=truth.description,
                blocking=truth.is_blocking,
            )
            for truth in truths
        ],
        can_subset=True,
    )
    def run_checks(
        context: dg.AssetCheckExecutionContext, run: dg.ResourceParam[PipelineRun]
    ) -> Iterator[dg.AssetCheckResult]:
        chosen = {key.name for key in context.selected_asset_check_keys}
        found = run.pipeline.offenders([truth.name for truth in truths if truth.name in chosen])
        for truth in truths:
            if truth.name not in found:
                continue
            offenders = found[truth.name]
            yield dg.AssetCheckResult(
                asset_key=dg.AssetKey(truth.asset.split("/")),
                check_name=truth.name,
                passed=not offenders,
                severity=dg.AssetCheckSeverity.WARN if truth.is_warning else dg.AssetCheckSeverity.ERROR,
                metadata={
                    "offenders": len(offenders),
                    **({"first": str(offenders[0])} if offenders else {}),
                },
            )
        doubled = [truth.name for truth in truths if truth.is_blocking and found.get(truth.name)]
        if doubled:
            raise PlanHeld(
                f"Not true: {', '.join(doubled)}. Nothing is matched, derived or planned from keys that occur twice.",
                remedy="Look at the check's first offender; a sweep (`xero-sf sync --sweep`) reads both systems anew.",
            )

    return run_checks
