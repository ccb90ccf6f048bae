"""A field that any rule names is mirrored, once, with the column that it belongs to."""

from __future__ import annotations

from xero_sf_pipeline.policy import Policy
from xero_sf_pipeline.policy.mirrored_fields import MirroredField, mirrored_fields

BILLING = {
    "only": {"fields": {"Ready__c": ["true"]}},
    "reference": "{key} {purchase_order}",
    "purchase_order_field": "PO__c",
    "routing": [{"name": "south", "when": {"fields": {"Region__c": ["South"]}}, "organisation": "South Ltd"}],
    "plans": [
        {"name": "terms", "kind": "monthly", "months_field": "Months__c", "when": {"fields": {"Ready__c": ["true"]}}},
        {
            "name": "steps",
            "kind": "milestones",
            "milestones": [{"name": "start", "date_field": "Start__c", "amount_field": "First__c"}],
        },
    ],
}


def test_a_policy_that_names_no_field_mirrors_none() -> None:
    assert mirrored_fields(Policy()) == ()


def test_every_field_that_a_rule_names_is_mirrored_once() -> None:
    policy = Policy.model_validate({"billing": BILLING, "parties": {"tax_number_field": "VAT__c"}})
    assert mirrored_fields(policy) == (
        *(
            MirroredField("opportunities", name, "mapped_fields")
            for name in ("First__c", "Months__c", "PO__c", "Ready__c", "Region__c", "Start__c")
        ),
        MirroredField("accounts", "VAT__c", "tax_number"),
    )
