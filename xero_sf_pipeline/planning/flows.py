"""The flows of the plan beside accounts, links and cases, in the order in which they are planned.

Belongs here: the order. Does not belong here: any rule; each flow is a module of its own.
"""

from __future__ import annotations

from xero_sf_pipeline.planning.alerts import plan_alerts
from xero_sf_pipeline.planning.billing import plan_billing
from xero_sf_pipeline.planning.catalogue import plan_catalogue
from xero_sf_pipeline.planning.desk import Flow
from xero_sf_pipeline.planning.mapped_fields import plan_fields_left, plan_mapped_fields
from xero_sf_pipeline.planning.parties import plan_people
from xero_sf_pipeline.planning.parties_new_contacts import plan_contacts_of_types
from xero_sf_pipeline.planning.payment_status import plan_payment_status
from xero_sf_pipeline.planning.quotes import plan_quotes

FLOWS: tuple[Flow, ...] = (
    plan_mapped_fields,
    plan_people,
    plan_catalogue,
    plan_quotes,
    plan_billing,
    plan_contacts_of_types,
    plan_payment_status,
    plan_alerts,
    plan_fields_left,
)
"""A later flow may read the candidates of an earlier one, never the other way round."""
