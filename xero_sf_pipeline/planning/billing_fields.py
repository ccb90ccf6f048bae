"""What an opportunity shows of its invoice: id, number, status and link.

Belongs here: those four fields. Does not belong here: which invoice it is (`sql/plan/billed_opportunities.sql`), and
amounts (payment status).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_sf_pipeline.planning.field_updates import FieldUpdate
from xero_sf_pipeline.planning.kinds import Reason, WriteKind
from xero_sf_pipeline.planning.templates import one_line


def invoice_on_opportunity(row: Mapping[str, Any]) -> FieldUpdate:
    """Return the fields of one opportunity that do not show its invoice as it is."""
    wanted, present = row["wanted"], row["present"]
    changed = [name for name in wanted if wanted[name] != present[name]]
    kind, reason = WriteKind.OPPORTUNITY_UPDATE.value, Reason.INVOICE_ON_OPPORTUNITY.value
    number = wanted["Xero_Invoice_Number__c"] or "without a number yet"
    return FieldUpdate(
        kind=kind,
        target_object="Opportunity",
        target_key=row["sf_opportunity_id"],
        tenant_id=row["tenant_id"],
        source_table="billing.invoice_links",
        source_id=row["invoice_key"],
        payload={name: wanted[name] for name in changed},
        before={name: present[name] for name in changed},
        reason=reason,
        explanation=f"{kind}/{reason}: {one_line(row['opportunity_name'] or '')} is billed by invoice {number}, "
        f"which is {wanted['Xero_Invoice_Status__c'].lower()} in Xero.",
        target_updated_us=row["target_updated_us"],
    )
