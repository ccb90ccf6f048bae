"""The next page is fetched while one is counted: in order, one call at a time, none beyond the stated last page."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xero_sf_pipeline.errors import TransientApiError
from xero_sf_pipeline.extraction.spool import Spool
from xero_sf_pipeline.extraction.xero_entities import INVOICES
from xero_sf_pipeline.extraction.xero_pages import walk


@dataclass
class _Page:
    body: bytes
    fetched_at: datetime = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class _Server:
    """Answers pages of one row; remembers what was asked, and whether two calls ever overlapped."""

    page_count: int
    states_count: bool = True
    fails_at: int | None = None
    asked: list[int] = field(default_factory=list)
    has_overlapped: bool = False
    _busy: threading.Lock = field(default_factory=threading.Lock)

    def fetch(self, number: int | None) -> _Page:
        self.has_overlapped |= not self._busy.acquire(blocking=False)
        try:
            assert number is not None
            self.asked.append(number)
            if number == self.fails_at:
                raise TransientApiError("lost", system="xero", code="lost")
            rows = [{"InvoiceID": f"id-{number}", "Total": number}] if number <= self.page_count else []
            paging = {"pagination": {"pageCount": self.page_count}} if self.states_count else {}
            return _Page(json.dumps({**paging, "Invoices": rows}).encode())
        finally:
            self._busy.release()


@pytest.mark.parametrize(("states_count", "asked"), [(True, [1, 2, 3]), (False, [1, 2, 3, 4])])
def test_pages_are_asked_for_in_order_and_never_two_at_once(
    tmp_path: Path, states_count: bool, asked: list[int]
) -> None:
    server, spool = _Server(page_count=3, states_count=states_count), Spool(tmp_path)
    totals = walk(INVOICES, server.fetch, spool)
    assert (server.asked, server.has_overlapped) == (asked, False)
    assert (totals.rows_read, totals.amount) == (3, 6)
    assert [json.loads(Path(file).read_bytes())[0]["Total"] for file in spool.files] == [1, 2, 3]


def test_a_call_that_fails_ends_the_walk_where_its_page_would_come(tmp_path: Path) -> None:
    server = _Server(page_count=5, fails_at=3)
    with pytest.raises(TransientApiError):
        walk(INVOICES, server.fetch, Spool(tmp_path))
    assert server.asked == [1, 2, 3]
