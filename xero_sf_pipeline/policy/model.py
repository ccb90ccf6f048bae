"""The whole policy: its sections, with defaults, and its fingerprint."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from xero_sf_pipeline.matching.policy import MatchingPolicy
from xero_sf_pipeline.planning.kinds import WriteKind
from xero_sf_pipeline.policy.accounts import AccountRules
from xero_sf_pipeline.policy.alerts import AlertRules
from xero_sf_pipeline.policy.billing import BillingRules
from xero_sf_pipeline.policy.cases import CaseRules
from xero_sf_pipeline.policy.catalogue import CatalogueRules
from xero_sf_pipeline.policy.currency import CurrencyRules
from xero_sf_pipeline.policy.fields import Automation, Section, UnquotedOff
from xero_sf_pipeline.policy.guards import Guards, every_kind
from xero_sf_pipeline.policy.mappings import Mappings
from xero_sf_pipeline.policy.overdue import OverdueRules
from xero_sf_pipeline.policy.parties import PartyRules
from xero_sf_pipeline.policy.payment_status import PaymentStatusRules
from xero_sf_pipeline.policy.pushing import PushRules
from xero_sf_pipeline.policy.quotes import QuoteRules
from xero_sf_pipeline.policy.reporting import ReportingRules

_DEFAULT_AUTOMATION = dict.fromkeys(WriteKind, Automation.AUTO) | {
    WriteKind.CREDIT_NOTE_CREATE: Automation.NEEDS_APPROVAL
}


def _automation(given: dict[WriteKind, Automation]) -> dict[WriteKind, Automation]:
    if given.get(WriteKind.CREDIT_NOTE_CREATE) is Automation.AUTO:
        raise ValueError("credit_note.create: a credit note is always approved by a person; use needs_approval or off")
    return every_kind(given, _DEFAULT_AUTOMATION)


class Policy(Section):
    """Everything in data/policy.yaml. Amounts are in the currency that their key names."""

    version: Literal[1] = 1
    overdue: OverdueRules = OverdueRules()
    cases: CaseRules = CaseRules()
    accounts: AccountRules = AccountRules()
    currency: CurrencyRules = CurrencyRules()
    billing: BillingRules = BillingRules()
    payment_status: PaymentStatusRules = PaymentStatusRules()
    alerts: AlertRules = AlertRules()
    parties: PartyRules = PartyRules()
    catalogue: CatalogueRules = CatalogueRules()
    quotes: QuoteRules = QuoteRules()
    mappings: Mappings = ()
    automation: Annotated[dict[WriteKind, Annotated[Automation, UnquotedOff]], AfterValidator(_automation)] = (
        _DEFAULT_AUTOMATION
    )
    guards: Guards = Guards()
    pushing: PushRules = PushRules()
    reporting: ReportingRules = ReportingRules()
    matching: MatchingPolicy = MatchingPolicy()

    @property
    def content_hash(self) -> str:
        """Sixteen hex digits that change when, and only when, a rule changes (comments and order do not count)."""
        return hashlib.sha256(_canonical(self.model_dump(mode="json")).encode()).hexdigest()[:16]


def _canonical(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_canonical(item) for item in value) + "]"
    return repr(value)
