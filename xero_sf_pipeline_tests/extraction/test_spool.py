"""Spools of overlapping and of killed runs."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from xero_sf_pipeline.extraction.spool import spooling

TWO_DAYS_SECONDS = 2 * 24 * 3600


def test_what_a_killed_run_left_is_removed_by_a_later_one_and_a_running_one_is_left_alone(tmp_path: Path) -> None:
    left, running = tmp_path / "xero-invoices-1", tmp_path / "xero-contacts-2"
    for folder in (left, running):
        folder.mkdir()
        (folder / "000000.json").write_text("[]", encoding="utf-8")
    long_ago = time.time() - TWO_DAYS_SECONDS
    os.utime(left, (long_ago, long_ago))
    with spooling(tmp_path, "xero-invoices") as spool:
        assert (left.exists(), running.exists(), spool.directory.exists()) == (False, True, True)


def test_a_spool_that_another_run_removes_at_this_moment_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs overlap: one ends, and removes its spool, between the other's two looks at it."""
    ending = tmp_path / "salesforce-accounts-1"
    ending.mkdir()
    is_dir = Path.is_dir

    def look_and_lose(path: Path) -> bool:
        found = is_dir(path)
        if path == ending and found:
            path.rmdir()
        return found

    monkeypatch.setattr(Path, "is_dir", look_and_lose)
    with spooling(tmp_path, "xero-invoices") as spool:
        assert spool.directory.exists()
    assert not ending.exists()
