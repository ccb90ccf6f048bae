"""One furnished warehouse for all tests of billing; what a test changes is rolled back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from xero_sf_pipeline_tests.billing.office import office
from xero_sf_pipeline_tests.planning.core_tables import Books


@pytest.fixture(scope="session")
def furnished() -> Books:
    return office()


@pytest.fixture
def books(furnished: Books) -> Iterator[Books]:
    furnished.run("begin")
    yield furnished
    furnished.run("rollback")
