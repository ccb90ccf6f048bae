"""How payment facts go back to Salesforce: which records, and when they count as too old."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from xero_sf_pipeline.policy.fields import Section


class DaysLate(StrEnum):
    """What "average days late" means. The median: one forgotten invoice does not spoil a good customer's figure."""

    MEDIAN = "median"
    MEAN = "mean"


class PaymentStatusRules(Section):
    """Xero_Invoice__c, and the payment fields of Account and Opportunity."""

    enabled: bool = False
    invoices: bool = True
    accounts: bool = True
    opportunities: bool = True
    freshness_hours: Annotated[int, Field(ge=1, le=720)] = 48
    refresh_hours: Annotated[int, Field(ge=1, le=72)] = 24
    average_days_late: DaysLate = DaysLate.MEDIAN
    days_late_window_days: Annotated[int, Field(ge=30, le=3650)] = 365
