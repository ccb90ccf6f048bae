"""Limits of sending."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from xero_sf_pipeline.policy.fields import Section


class PushRules(Section):
    """Limits of sending."""

    max_attempts: Annotated[int, Field(ge=1, le=100)] = 5
    batch_size: Annotated[int, Field(ge=1, le=200)] = 200
    xero_batch_size: Annotated[int, Field(ge=1, le=50)] = 50
    bulk_above: Annotated[int, Field(ge=200)] = 2_000
    max_writes_per_run: Annotated[int, Field(ge=1)] | None = None
    read_back_hours: Annotated[int, Field(ge=1, le=720)] = 24
