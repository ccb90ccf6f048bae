"""What holds for every test: which files start first, and that a commit need not survive a power cut."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from xero_sf_pipeline.warehouse import engine

LONGEST = (
    "pipeline/test_quote_to_cash_story",
    "pipeline/test_cash_story",
    "pipeline/",
    "matching/test_laws",
    "defs/",
    "cli/",
    "parties/test_over_http",
    "billing/",
    "reporting/test_story",
    "parties/",
)
"""Files that take the longest. They start first, so that at the end no processor waits for another's last story."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; inside a file the order stays."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    return next((turn for turn, part in enumerate(LONGEST) if f"_tests/{part}" in item.nodeid), len(LONGEST))


@pytest.fixture(scope="session", autouse=True)
def _no_power_cut() -> Iterator[None]:
    """Waiting for the disk at every commit is half of a small transaction; a killed process loses nothing without it."""
    kept, engine.FSYNC_MODE = engine.FSYNC_MODE, "NONE"
    yield
    engine.FSYNC_MODE = kept
