"""Scopes against the flows that write to Xero."""

from __future__ import annotations

from typing import Any

import pytest

from xero_sf_pipeline.policy import parse_policy
from xero_sf_pipeline.preflight.result import Severity
from xero_sf_pipeline.preflight.xero_scopes import check_access, write_scopes
from xero_sf_pipeline.settings import XERO_SCOPES, Settings

EVERYTHING = {
    "billing": {"enabled": True},
    "parties": {"enabled": True},
    "catalogue": {"direction": "salesforce_to_xero"},
}


def settings(scopes: str, *, push: bool = False) -> Settings:
    return Settings(
        _env_file=None,
        xero_client_id="id",
        xero_client_secret="secret",
        salesforce_login_url="https://example.my.salesforce.com",
        salesforce_client_id="id",
        salesforce_client_secret="secret",
        xero_scopes=scopes,
        xero_sf_push_enabled=push,
    )  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("policy", "needed"),
    [
        ({}, {}),
        ({"billing": {"enabled": True, "create_contacts": False}}, {"accounting.invoices": ["billing"]}),
        ({"catalogue": {"direction": "xero_to_salesforce"}}, {}),
        (
            EVERYTHING,
            {
                "accounting.invoices": ["billing", "catalogue"],
                "accounting.contacts": ["billing.create_contacts", "parties"],
                "accounting.settings": ["catalogue"],
            },
        ),
    ],
)
def test_a_flow_needs_its_scopes_only_when_it_is_on(policy: dict[str, Any], needed: dict[str, list[str]]) -> None:
    assert write_scopes(parse_policy(policy)) == needed


@pytest.mark.parametrize(("push", "severity"), [(False, Severity.WARNING), (True, Severity.ERROR)])
def test_read_scopes_under_a_policy_that_writes_are_told_and_stop_a_push(push: bool, severity: Severity) -> None:
    line = check_access(settings(XERO_SCOPES, push=push), parse_policy({"billing": {"enabled": True}}))

    assert (line.severity, line.detail) == (
        severity,
        "the policy wants to write to Xero without the scope for it "
        "(billing.create_contacts: accounting.contacts; billing: accounting.invoices)",
    )
    assert "XERO_SCOPES" in line.remedy


def test_the_scopes_that_are_needed_pass_in_old_and_new_words() -> None:
    policy = parse_policy(EVERYTHING)
    for invoices in ("accounting.invoices", "accounting.transactions"):
        scopes = f"{invoices} accounting.contacts accounting.settings accounting.payments.read"
        line = check_access(settings(scopes, push=True), policy)
        assert line.ok
        assert line.detail == (f"may write what the policy switches on ({' '.join(sorted(scopes.split()[:3]))})")


def test_a_policy_that_is_not_valid_is_no_reason_to_complain_about_scopes() -> None:
    assert check_access(settings(XERO_SCOPES), None).detail == "read only"
