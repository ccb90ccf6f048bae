"""How Xero quotes become opportunities, and how their invoices are found."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from xero_sf_pipeline.policy.fields import PicklistValue, PricebookId, RecordTypeId, Section


class QuoteStatus(StrEnum):
    """Statuses of a quote (Accounting API, Quotes)."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    INVOICED = "INVOICED"
    DELETED = "DELETED"


_STAGES: Mapping[QuoteStatus, str] = {
    QuoteStatus.DRAFT: "Prospecting",
    QuoteStatus.SENT: "Proposal/Price Quote",
    QuoteStatus.ACCEPTED: "Negotiation/Review",
    QuoteStatus.DECLINED: "Closed Lost",
    QuoteStatus.INVOICED: "Closed Won",
    QuoteStatus.DELETED: "Closed Lost",
}


def _every_status(given: dict[QuoteStatus, Any]) -> dict[QuoteStatus, Any]:
    return {status: given.get(status, _STAGES[status]) for status in QuoteStatus}


class QuoteRules(Section):
    """Xero quotes and Salesforce opportunities.

    Attributes:
        create_when: statuses in which a quote without an opportunity gets one
        max_age_days: quotes older than this get none: history is not replayed into the pipeline
        stages: the opportunity's stage by the quote's status
        amount: what Opportunity.Amount is: without or with tax
        lines: whether the quote's lines become product lines of the opportunity, when all of them match products
        pricebook_id: whose prices those lines name; the standard price book when null
        close_after_days: close date when the quote has no expiry, counted from its date
        invoice_within_days: how long after the quote its invoice may be dated, to be found by amount
    """

    enabled: bool = False
    create_when: tuple[QuoteStatus, ...] = (QuoteStatus.SENT, QuoteStatus.ACCEPTED)
    max_age_days: Annotated[int, Field(ge=1, le=3650)] = 180
    stages: Annotated[dict[QuoteStatus, PicklistValue], AfterValidator(_every_status)] = dict(_STAGES)
    amount: Literal["subtotal", "total"] = "subtotal"
    lines: Literal["none", "matched"] = "none"
    pricebook_id: PricebookId | None = None
    close_after_days: Annotated[int, Field(ge=0, le=365)] = 30
    type: PicklistValue | None = None
    record_type_id: RecordTypeId | None = None
    invoice_within_days: Annotated[int, Field(ge=1, le=3650)] = 180
