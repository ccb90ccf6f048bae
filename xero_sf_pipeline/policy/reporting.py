"""What the report page shows, and how many pages are kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from xero_sf_pipeline.policy.fields import Section


class ReportingRules(Section):
    """The page that `xero-sf report` and every run write."""

    page: bool = True
    pages_kept: Annotated[int, Field(ge=1, le=10_000)] = 30
    trend_days: Annotated[int, Field(ge=7, le=1000)] = 90
    months: Annotated[int, Field(ge=2, le=60)] = 12
    list_rows: Annotated[int, Field(ge=1, le=1000)] = 15
