"""Runs that overlap: one waits or is refused with a clear word, and nothing is doubled. A killed run leaves no harm."""

from __future__ import annotations

import shutil
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from xero_sf_pipeline.errors import WarehouseBusy
from xero_sf_pipeline.extraction.salesforce_objects import SALESFORCE_SOURCES
from xero_sf_pipeline.extraction.xero_entities import XERO_SOURCES
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.pipeline.one_run import ended, start
from xero_sf_pipeline_tests.pipeline.works import Works, serving, works_of

RAW = [f"raw_xero.{source.name}" for source in XERO_SOURCES] + [
    f"raw_salesforce.{source.name}" for source in SALESFORCE_SOURCES
]
OURS = ("Account", "Case", "Xero_Contact__c")
PLANNED = "select write_id, kind, target_key, payload::varchar as payload from plan.writes order by all"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """One sandbox for the module, and a first run on it that nobody disturbs: what is right."""
    with serving() as running, works_of(running, tmp_path_factory.mktemp("undisturbed")) as works:
        works.sync()
        yield works


@pytest.fixture
def works(served: Works, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """An empty data folder on the same sandbox."""
    with works_of(served.running, tmp_path_factory.mktemp("disturbed")) as works:
        yield works


@pytest.fixture
def synced(served: Works, works: Works) -> Works:
    """A data folder as the undisturbed run left it."""
    shutil.copyfile(served.settings.warehouse_file, works.settings.warehouse_file)
    return works


def history(works: Works) -> dict[str, list[dict[str, object]]]:
    """Key facts of every version in the raw history."""
    return {
        table: works.warehouse(
            f"select payload_hash, is_deleted, known_to is null as is_current from {table} order by all"
        )
        for table in RAW
    }


def plan(works: Works) -> list[dict[str, object]]:
    return works.warehouse(PLANNED)


def test_two_first_extractions_at_once_store_every_version_once(served: Works, works: Works) -> None:
    first, second = start(works, "extract"), start(works, "extract")
    assert (ended(first), ended(second)) == ((0, "done"), (0, "done"))
    assert history(works) == history(served)
    assert works.derive_and_plan().write_count == len(plan(served))
    assert plan(works) == plan(served)


def test_deriving_while_an_extraction_runs_waits_its_turn_and_the_next_plan_is_right(
    served: Works, synced: Works
) -> None:
    extraction = start(synced, "extract")
    with ThreadPoolExecutor() as threads:
        both = [threads.submit(synced.derive_and_plan) for _ in range(2)]
        assert [future.result().write_count for future in both] == [len(plan(served))] * 2
    assert ended(extraction) == (0, "done")
    synced.derive_and_plan()
    assert plan(synced) == plan(served)
    assert history(synced) == history(served)


def test_two_derivations_at_once_leave_one_plan(served: Works, synced: Works) -> None:
    works = synced
    with Warehouse(works.settings.warehouse_file).transaction() as connection:
        connection.execute("delete from ops.derivations")  # so that both build everything
        connection.execute("delete from plan.writes")
    first, second = start(works, "derive"), start(works, "derive")
    assert (ended(first), ended(second)) == ((0, "done"), (0, "done"))
    assert plan(works) == plan(served)
    newest = works.warehouse("select plan_id from plan.runs order by planned_at desc, plan_id limit 2")
    held = works.warehouse("select distinct plan_id from plan.writes")
    assert len(held) == 1
    assert held[0] in newest


@pytest.mark.parametrize("entity", ["invoices", "cases"])
def test_an_extraction_killed_before_its_commit_is_made_good_by_the_next(
    served: Works, works: Works, entity: str
) -> None:
    code, _ = ended(start(works, "extract", entity))
    assert code == -signal.SIGKILL
    kept = works.warehouse("select entity from ops.cursors order by 1")
    assert {"entity": entity} not in kept
    works.sync()
    assert history(works) == history(served)
    assert plan(works) == plan(served)


def test_a_planning_killed_before_its_commit_keeps_the_plan_before(served: Works, synced: Works) -> None:
    before = synced.warehouse("select * from plan.writes order by write_id")
    code, _ = ended(start(synced, "derive", "plan"))
    assert code == -signal.SIGKILL
    assert synced.warehouse("select * from plan.writes order by write_id") == before
    synced.derive_and_plan()
    assert plan(synced) == plan(served)


def test_of_two_pushes_at_once_one_is_refused_and_nothing_is_written_twice(synced: Works) -> None:
    """The last test of the module: it changes the org."""
    works = synced
    planned = works.planned()
    is_sending, may_go_on = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        is_sending.set()
        assert may_go_on.wait(120)

    with ThreadPoolExecutor() as threads:
        first = threads.submit(works.push, progress=hold)
        try:
            assert is_sending.wait(120)
            with pytest.raises(
                WarehouseBusy, match=r"Another push is under way \(run .* by tester, process \d+, since .*\)"
            ):
                works.push()
            code, message = ended(start(works, "push"))
        finally:
            may_go_on.set()
        report = first.result()
    assert (code, message.split(" (run ")[0]) == (1, "WarehouseBusy: Another push is under way")
    assert message.endswith("nothing was sent. Wait for it to end, then push again: what it sends is not sent twice.")
    assert (report.confirmed_count, report.is_clean) == (len(planned), True)
    org = {name: works.org(name, include_deleted=True) for name in OURS}
    works.running.log.clear()
    assert works.push().confirmed_count == 0
    assert works.sync().write_count == 0
    assert works.writes_sent() == []
    assert {name: works.org(name, include_deleted=True) for name in OURS} == org
