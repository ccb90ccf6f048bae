"""One company of the demo's size and one large enough for every variety, generated once."""

from __future__ import annotations

import pytest

from xero_sf_pipeline.sandbox.company import Company, CompanySpec, generate


@pytest.fixture(scope="package")
def demo_company() -> Company:
    return generate(CompanySpec())


@pytest.fixture(scope="package")
def large_company() -> Company:
    return generate(CompanySpec(seed=11, contacts=3_000, invoices=1_600, accounts=3_600, organisations=2))
