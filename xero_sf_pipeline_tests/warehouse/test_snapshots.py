"""Publishing: readers see a whole snapshot, the one before or the new one, whatever happens."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from xero_sf_pipeline.errors import NotFound, WarehouseFull
from xero_sf_pipeline.warehouse import Warehouse, snapshots

FIRST = datetime(2026, 3, 16, 9, tzinfo=UTC)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.transaction() as connection:
        connection.execute("create table notes as select 'old' as note")
    return warehouse


def change(warehouse: Warehouse, note: str) -> None:
    with warehouse.transaction() as connection:
        connection.execute("update notes set note = ?", [note])


def publish(warehouse: Warehouse, number: int = 0, keep: int = 9) -> Path:
    now = FIRST + timedelta(hours=number)
    return snapshots.publish(warehouse, warehouse.path.parent / "snapshots", now=now, keep=keep)


def newest_note(warehouse: Warehouse) -> str:
    with snapshots.reading_snapshot(warehouse.path.parent / "snapshots") as connection:
        ((note,),) = connection.execute("select note from notes").fetchall()
    return str(note)


def test_a_snapshot_holds_all_that_was_committed_under_its_time_and_as_latest(warehouse: Warehouse) -> None:
    published = publish(warehouse)

    assert newest_note(warehouse) == "old"
    assert published.name == "2026-03-16T090000Z.duckdb"
    assert sorted(path.name for path in published.parent.iterdir()) == ["2026-03-16T090000Z.duckdb", "latest.duckdb"]
    assert published.read_bytes() == warehouse.path.read_bytes()


def test_views_work_in_a_snapshot_whatever_its_file_is_called(warehouse: Warehouse) -> None:
    publish(warehouse)

    with snapshots.reading_snapshot(warehouse.path.parent / "snapshots") as connection:
        assert connection.execute("select count(*) from raw_xero.invoices_current").fetchall() == [(0,)]
        assert connection.execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]


def test_without_a_snapshot_the_reader_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no snapshot") as caught, snapshots.reading_snapshot(tmp_path):
        pass

    assert "xero-sf sync" in caught.value.remedy


def test_only_the_newest_snapshots_are_kept(warehouse: Warehouse) -> None:
    for number in range(4):
        published = publish(warehouse, number, keep=2)

    assert [path.name for path in snapshots.published(published.parent)] == [
        "2026-03-16T110000Z.duckdb",
        "2026-03-16T120000Z.duckdb",
    ]
    assert newest_note(warehouse) == "old"


def test_a_full_disk_while_publishing_leaves_the_snapshot_before_and_no_half_copy(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = publish(warehouse)
    change(warehouse, "new")

    def half_of_it(reader: Any, writer: Any, length: int = 0) -> None:
        writer.write(reader.read(4096))
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(shutil, "copyfileobj", half_of_it)
        with pytest.raises(WarehouseFull) as caught:
            publish(warehouse, 1)

    assert "the new snapshot was not published; readers keep the one before" in str(caught.value)
    assert newest_note(warehouse) == "old"
    assert sorted(path.name for path in before.parent.iterdir()) == [before.name, "latest.duckdb"]
    publish(warehouse, 1)
    assert newest_note(warehouse) == "new"


READER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
for _ in sys.stdin:
    print(connection.execute("select note from notes").fetchone()[0], flush=True)
"""


def test_an_open_reader_neither_blocks_a_run_nor_sees_what_is_published_after_it_opened(warehouse: Warehouse) -> None:
    latest = publish(warehouse).parent / snapshots.LATEST
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(latest)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline() == "open\n"

        seen = []
        for number, note in enumerate(("newer", "newest"), start=1):
            with warehouse.transaction() as connection:
                connection.execute("update notes set note = ?", [note])
                reader.stdin.write("while a run is writing\n")
                reader.stdin.flush()
                seen.append(reader.stdout.readline())
            publish(warehouse, number, keep=1)
            reader.stdin.write("after the publication\n")
            reader.stdin.flush()
            seen.append(reader.stdout.readline())
        reader.stdin.close()

    assert seen == ["old\n"] * 4
    assert newest_note(warehouse) == "newest"
