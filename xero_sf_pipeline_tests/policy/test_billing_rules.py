"""What the billing section refuses, and which fields it makes the mirror read."""

from __future__ import annotations

from typing import Any

import pytest

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.policy import parse_policy


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        (
            {"plans": [{"name": "p", "kind": "percentages", "percentages": [{"percent": 30}, {"percent": 60}]}]},
            "billing.plans[0]: plan p: the percentages add up to 90, not to 100",
        ),
        (
            {"plans": [{"name": "p", "kind": "monthly", "months": 3, "service_dates": True}]},
            "billing.plans[0]: plan p: kind monthly, and no other, needs one of months, months_field, service_dates",
        ),
        (
            {"plans": [{"name": "p", "percentages": [{"percent": 100}]}]},
            "billing.plans[0]: plan p: percentages belong to kind percentages, and it needs them",
        ),
        ({"plans": [{"name": "p"}, {"name": "p"}]}, "billing.plans: p: every rule needs a name of its own"),
        (
            {"lines": [{"name": "nothing"}]},
            "billing.lines[0]: line rule nothing: give account_code, tax_type or tracking",
        ),
        (
            {"reference": "PO {key}"},
            "billing.reference: the reference must start with {key}: by it an invoice is found again and never made twice",
        ),
        (
            {"reference": "{key} {purchase_order}"},
            "billing: reference names {purchase_order}: say in purchase_order_field where it stands",
        ),
        (
            {"reference": "{key} {number}"},
            "billing.reference: the field {number} does not exist; allowed are key, purchase_order",
        ),
    ],
)
def test_rules_that_could_not_be_followed_are_refused(section: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_policy({"billing": section})
    assert caught.value.problems == [problem]


def test_every_field_that_a_rule_names_is_read() -> None:
    milestones = [{"name": "a", "date_field": "Start__c", "percent": 100}]
    policy = parse_policy(
        {
            "billing": {
                "only": {"fields": {"Paper__c": ["Invoice"]}},
                "plans": [
                    {"name": "p", "kind": "milestones", "milestones": milestones},
                    {"name": "q", "kind": "monthly", "months_field": "Term__c"},
                ],
                "lines": [{"name": "l", "when": {"fields": {"Team__c": ["A"]}}, "account_code": "200"}],
                "reference": "{key} {purchase_order}",
                "purchase_order_field": "PO__c",
            }
        }
    )
    assert policy.billing.opportunity_fields == ("PO__c", "Paper__c", "Start__c", "Team__c", "Term__c")
