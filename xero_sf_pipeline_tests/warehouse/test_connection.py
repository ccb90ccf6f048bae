"""Using the warehouse file: one user at a time, always let go, and a clear word about whatever stands in the way."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from xero_sf_pipeline.errors import WarehouseBusy, WarehouseCorrupt, WarehouseError, WarehouseTooNew
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline.warehouse.schema import migrations
from xero_sf_pipeline_tests.warehouse.other_process import held_by_another_process, run_python


def made(path: Path) -> Warehouse:
    """A warehouse with one small table."""
    warehouse = Warehouse(path, lock_wait_seconds=10)
    with warehouse.transaction() as connection:
        connection.execute("create table notes (note varchar)")
    return warehouse


def add(warehouse: Warehouse, note: str) -> None:
    with warehouse.transaction() as connection:
        connection.execute("insert into notes values (?)", [note])


def notes(warehouse: Warehouse) -> list[str]:
    with warehouse.reading() as connection:
        return [row[0] for row in connection.execute("select note from notes order by note").fetchall()]


def test_a_warehouse_held_by_another_process_is_told_with_its_process_id(tmp_path: Path) -> None:
    made(tmp_path / "w.duckdb")

    with held_by_another_process(tmp_path / "w.duckdb") as holder, pytest.raises(WarehouseBusy) as caught:
        add(Warehouse(tmp_path / "w.duckdb", lock_wait_seconds=0), "never")

    assert f"w.duckdb is in use by another process (PID {holder}); waited 0 s for it." in str(caught.value)
    assert "close the program that has the file open" in caught.value.remedy


def test_the_wait_ends_when_the_other_process_lets_go(tmp_path: Path) -> None:
    made(tmp_path / "w.duckdb")
    pauses: list[float] = []

    with ExitStack() as other:

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            other.close()

        other.enter_context(held_by_another_process(tmp_path / "w.duckdb"))
        patient = Warehouse(tmp_path / "w.duckdb", lock_wait_seconds=600, sleep=pause)
        add(patient, "after the wait")

    assert len(pauses) == 1
    assert notes(patient) == ["after the wait"]


def test_another_process_may_use_the_file_between_two_uses(tmp_path: Path) -> None:
    warehouse = made(tmp_path / "w.duckdb")
    with warehouse.transaction() as connection:
        kept = connection.execute("select * from range(100000)")  # a result that nobody fetched holds nothing either

    run_python(
        "import duckdb, sys; duckdb.connect(sys.argv[1]).execute(\"insert into notes values ('theirs')\")",
        str(warehouse.path),
    )

    assert notes(warehouse) == ["theirs"]
    assert kept is not None


def test_threads_take_turns(tmp_path: Path) -> None:
    warehouse = made(tmp_path / "w.duckdb")

    def work(name: str) -> None:
        for number in range(4):
            add(warehouse, f"{name}{number}")

    threads = [threading.Thread(target=work, args=[name]) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert notes(warehouse) == [f"{name}{number}" for name in "abc" for number in range(4)]


def test_two_warehouses_are_used_in_turns_and_inside_each_other(tmp_path: Path) -> None:
    first, second = made(tmp_path / "one.duckdb"), made(tmp_path / "two.duckdb")

    with first.transaction() as connection:
        add(second, "second")
        connection.execute("insert into notes values ('first')")

    assert (notes(first), notes(second)) == (["first"], ["second"])


def test_one_use_inside_another_is_refused_and_the_outer_one_is_undone(tmp_path: Path) -> None:
    warehouse = made(tmp_path / "w.duckdb")

    def one_inside_another() -> None:
        with warehouse.transaction() as connection:
            connection.execute("insert into notes values ('outer')")
            add(warehouse, "inner")

    with pytest.raises(WarehouseBusy, match="open in this very thread"):
        one_inside_another()

    assert notes(warehouse) == []


def test_an_error_undoes_the_transaction_and_lets_the_file_go(tmp_path: Path) -> None:
    warehouse = made(tmp_path / "w.duckdb")

    def broken_off(last_statement: str) -> None:
        with warehouse.transaction() as connection:
            connection.execute("insert into notes values ('half')")
            connection.execute(last_statement)

    with pytest.raises(duckdb.CatalogException):
        broken_off("from there_is_no_such_table")
    with pytest.raises(duckdb.ConversionException):
        broken_off("select 'no number'::int")

    with held_by_another_process(warehouse.path):
        pass
    assert notes(warehouse) == []


def test_nothing_temporary_is_left_for_the_next_use(tmp_path: Path) -> None:
    warehouse = made(tmp_path / "w.duckdb")
    with warehouse.transaction() as connection:
        connection.execute("create temp table staged as select 1")

    with warehouse.transaction() as connection:
        assert connection.execute("select table_name from duckdb_tables() where temporary").fetchall() == []


def test_after_each_use_all_is_in_the_one_file(tmp_path: Path) -> None:
    add(made(tmp_path / "w.duckdb"), "here")

    assert [path.name for path in tmp_path.iterdir()] == ["w.duckdb"]


def test_a_path_with_a_quote_and_spaces_works(tmp_path: Path) -> None:
    warehouse = made(tmp_path / "Anna's books" / "it's.duckdb")
    add(warehouse, "kept")

    assert notes(warehouse) == ["kept"]


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    warehouse = made(tmp_path / "w.duckdb")

    with pytest.raises(duckdb.InvalidInputException), warehouse.reading() as connection:
        connection.execute("insert into notes values ('no')")

    assert notes(warehouse) == []


def test_reading_a_warehouse_that_is_not_there_says_so_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="There is no warehouse at"), Warehouse(tmp_path / "w.duckdb").reading():
        pass

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    path, content = tmp_path / "w.duckdb", b"these are not the books you are looking for" * 500
    path.write_bytes(content)

    with pytest.raises(WarehouseCorrupt, match=r"w\.duckdb cannot be read as a warehouse") as caught:
        add(Warehouse(path), "never")

    assert "latest.duckdb" in caught.value.remedy
    assert path.read_bytes() == content


def test_a_warehouse_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    warehouse = made(tmp_path / "w.duckdb")
    newest = migrations()[-1][0]
    with warehouse.transaction() as connection:
        connection.execute("insert into ops.migrations values (?, 'later', now())", [newest + 1])

    told = f"has schema version {newest + 1}; this version.* knows {newest}"
    with pytest.raises(WarehouseTooNew, match=told):
        add(warehouse, "never")
    with pytest.raises(WarehouseTooNew, match=told):
        notes(warehouse)

    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        assert connection.execute("select * from notes").fetchall() == []


KILLED = """
import os, signal, sys
from pathlib import Path
from xero_sf_pipeline.warehouse import Warehouse
warehouse = Warehouse(Path(sys.argv[1]))
for note in ("committed", "lost"):
    with warehouse.transaction() as connection:
        connection.execute("insert into notes values (?)", [note])
        if note == "lost":
            os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_within_a_transaction_leaves_what_was_committed(tmp_path: Path) -> None:
    warehouse = made(tmp_path / "w.duckdb")

    ended = subprocess.run([sys.executable, "-c", KILLED, str(warehouse.path)], check=False, timeout=60)

    assert ended.returncode == -9
    assert notes(warehouse) == ["committed"]


FORKED = """
import os, sys
from pathlib import Path
from xero_sf_pipeline.warehouse import Warehouse
warehouse = Warehouse(Path(sys.argv[1]))
def add(note):
    with warehouse.transaction() as connection:
        connection.execute("insert into notes values (? || current_setting('TimeZone'))", [note])
add("before the fork, ")
child = os.fork()
add("child, " if child == 0 else "parent, ")
if child:
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


def test_a_forked_child_uses_the_warehouse_and_ends_well_and_all_instants_are_utc(tmp_path: Path) -> None:
    """A child has none of its parent's threads: an engine of the parent would never end there."""
    warehouse = made(tmp_path / "w.duckdb")

    run_python(FORKED, str(warehouse.path), TZ="Asia/Tokyo")

    assert notes(warehouse) == ["before the fork, UTC", "child, UTC", "parent, UTC"]


ASKING = """
import sys
from pathlib import Path
from xero_sf_pipeline.warehouse import Warehouse
with Warehouse(Path(sys.argv[1])).transaction() as connection:
    print(connection.execute("select current_setting('fsync_mode')").fetchall())
"""


def test_outside_tests_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    assert run_python(ASKING, str(tmp_path / "w.duckdb")).strip() == "[('STANDARD',)]"


LEAVING = """
import atexit, sys
from pathlib import Path
from xero_sf_pipeline.warehouse import Warehouse, engine
atexit.register(lambda: print("at the end:", engine._idle))  # runs after what is registered later
with Warehouse(Path(sys.argv[1])).transaction():
    pass
print("in between:", engine._idle is not None)
"""


def test_a_process_that_ends_leaves_no_engine_running(tmp_path: Path) -> None:
    assert run_python(LEAVING, str(tmp_path / "w.duckdb")).splitlines() == ["in between: True", "at the end: None"]
