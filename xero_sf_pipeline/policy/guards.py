"""Limits above which the whole plan waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from xero_sf_pipeline.planning.kinds import WriteKind
from xero_sf_pipeline.policy.fields import DEFAULT_CURRENCY, MoneyByCurrency, Section, Share


def every_kind(given: dict[WriteKind, Any], default: Mapping[WriteKind, Any]) -> dict[WriteKind, Any]:
    return {kind: given.get(kind, default[kind]) for kind in WriteKind}


_DEFAULT_MAX_WRITES = {
    WriteKind.ACCOUNT_CREATE: 500,
    WriteKind.ACCOUNT_LINK: 10_000,
    WriteKind.XERO_CONTACT_CREATE: 100,
    WriteKind.XERO_CONTACT_UPDATE: 500,
    WriteKind.CONTACT_UPSERT: 2_000,
    WriteKind.ITEM_CREATE: 200,
    WriteKind.ITEM_UPDATE: 200,
    WriteKind.PRODUCT_CREATE: 200,
    WriteKind.PRODUCT_UPDATE: 200,
    WriteKind.PRICE_UPSERT: 500,
    WriteKind.OPPORTUNITY_CREATE: 200,
    WriteKind.OPPORTUNITY_LINE_UPSERT: 2_000,
    WriteKind.INVOICE_CREATE: 500,
    WriteKind.INVOICE_UPDATE: 200,
    WriteKind.CREDIT_NOTE_CREATE: 100,
    WriteKind.XERO_INVOICE_UPSERT: 1_000_000,
    WriteKind.ACCOUNT_UPDATE: 100_000,
    WriteKind.OPPORTUNITY_UPDATE: 100_000,
    WriteKind.CASE_OPEN: 2_000,
    WriteKind.CASE_UPDATE: 2_000,
    WriteKind.CASE_ESCALATE: 2_000,
    WriteKind.CASE_CLOSE: 2_000,
    WriteKind.CASE_REOPEN: 200,
    WriteKind.TASK_CREATE: 500,
    WriteKind.TASK_CLOSE: 2_000,
}


_MEASURED = frozenset(
    {
        WriteKind.ACCOUNT_CREATE, WriteKind.ACCOUNT_LINK, WriteKind.CASE_OPEN, WriteKind.CASE_UPDATE,
        WriteKind.CASE_ESCALATE, WriteKind.CASE_CLOSE, WriteKind.CASE_REOPEN,
    }
)  # fmt: skip


class ShareGuard(Section):
    """Holds a plan that touches too much of what exists."""

    above_count: Annotated[int, Field(ge=0)] = 20
    max_share: dict[WriteKind, Share] = {
        WriteKind.CASE_CLOSE: Decimal("0.80"),
        WriteKind.CASE_REOPEN: Decimal("0.50"),
    }

    @model_validator(mode="after")
    def _kinds_have_a_whole(self) -> Self:
        wrong = sorted(kind for kind in self.max_share if kind not in _MEASURED)
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: a share is known of {', '.join(sorted(_MEASURED))} only")
        return self


class GrowthGuard(Section):
    """Holds a plan that is much larger than recent ones."""

    above_count: Annotated[int, Field(ge=0)] = 1_000
    times_recent_maximum: Annotated[int, Field(ge=1)] = 20
    recent_runs: Annotated[int, Field(ge=1, le=1000)] = 50


class Guards(Section):
    """Limits above which the whole plan waits for a person."""

    max_writes: Annotated[
        dict[WriteKind, Annotated[int, Field(ge=0)]],
        AfterValidator(lambda given: every_kind(given, _DEFAULT_MAX_WRITES)),
    ] = _DEFAULT_MAX_WRITES
    max_amount: MoneyByCurrency = {DEFAULT_CURRENCY: Decimal("25000000")}
    max_mirror_age_hours: Annotated[int, Field(ge=1, le=720)] = 24
    share: ShareGuard = ShareGuard()
    growth: GrowthGuard = GrowthGuard()
