"""The history merge, case by case: deletes, resurrections, late and unreadable rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from xero_sf_pipeline_tests.warehouse.mirror import Known, Mirror, Record, hour

ANN, BEN = Record("ann", 1), Record("ben", 1)


@pytest.fixture(scope="module")
def shared_mirror() -> Iterator[Mirror]:
    mirror = Mirror()
    yield mirror
    mirror.connection.close()


@pytest.fixture
def mirror(shared_mirror: Mirror) -> Mirror:
    shared_mirror.clear()
    return shared_mirror


def test_what_a_sweep_no_longer_sees_is_closed_with_a_tombstone(mirror: Mirror) -> None:
    mirror.walk([ANN, BEN], 1)

    counts = mirror.walk([ANN], 2, is_complete=True)

    assert (counts.new_versions, counts.deleted) == (0, 1)
    assert mirror.rows() == [
        ("ann", "ann as of day 1", False, hour(1), None),
        ("ben", "ben as of day 1", False, hour(1), hour(2)),
        ("ben", "ben as of day 1", True, hour(2), None),
    ]


def test_a_poll_deletes_nothing_that_it_does_not_see(mirror: Mirror) -> None:
    mirror.walk([ANN, BEN], 1)

    mirror.walk([ANN], 2)

    assert mirror.current()["ben"] == Known("ben as of day 1", False)


def test_a_deleted_record_that_is_seen_again_lives_again_with_its_whole_history(mirror: Mirror) -> None:
    mirror.walk([ANN], 1)
    mirror.walk([], 2, is_complete=True)

    mirror.walk([ANN], 3)

    assert mirror.rows() == [
        ("ann", "ann as of day 1", False, hour(1), hour(2)),
        ("ann", "ann as of day 1", False, hour(3), None),
        ("ann", "ann as of day 1", True, hour(2), hour(3)),
    ]


def test_a_tombstone_is_made_once(mirror: Mirror) -> None:
    mirror.walk([ANN], 1)
    mirror.walk([], 2, is_complete=True)

    assert mirror.walk([], 3, is_complete=True).deleted == 0
    assert len(mirror.rows()) == 2


def test_a_row_that_became_known_during_a_walk_is_never_taken_for_deleted(mirror: Mirror) -> None:
    """A sweep reads for a quarter of an hour; a poll stores a new record meanwhile, which the sweep could not see."""
    mirror.walk([ANN], 1)
    mirror.walk([BEN], 2.1)

    counts = mirror.walk([ANN], 2.25, began_at=2, is_complete=True)

    assert counts.deleted == 0
    assert mirror.current() == {"ann": Known("ann as of day 1", False), "ben": Known("ben as of day 1", False)}


def test_a_slow_walk_does_not_overwrite_what_a_quick_one_stored(mirror: Mirror) -> None:
    mirror.walk([Record("ann", 5)], 1)

    counts = mirror.walk([Record("ann", 2)], 2)

    assert (counts.distinct, counts.stored, counts.new_versions) == (1, 1, 0)
    assert mirror.current() == {"ann": Known("ann as of day 5", False)}


def test_a_row_that_cannot_be_used_waits_in_quarantine_until_it_reads_well(mirror: Mirror) -> None:
    refused = mirror.walk([ANN, Record("ben", None)], 1)
    waiting = mirror.connection.execute("select record_id, resolved_at from ops.quarantine").fetchall()
    mirror.walk([BEN], 2)
    resolved = mirror.connection.execute("select record_id, resolved_at from ops.quarantine").fetchall()

    assert (refused.distinct, refused.quarantined) == (1, 1)
    assert waiting == [("ben", None)]
    assert resolved == [("ben", hour(2))]
    assert set(mirror.current()) == {"ann", "ben"}


def test_a_row_that_cannot_be_used_is_not_taken_for_deleted(mirror: Mirror) -> None:
    mirror.walk([ANN, BEN], 1)

    mirror.walk([ANN, Record("ben", None)], 2, is_complete=True)

    assert mirror.current()["ben"] == Known("ben as of day 1", False)


def test_a_sweep_of_one_scope_leaves_the_others_alone(mirror: Mirror) -> None:
    mirror.walk([ANN], 1)

    mirror.walk([BEN], 2, is_complete=True, org="org-2")

    assert mirror.current() == {"ann": Known("ann as of day 1", False), "ben": Known("ben as of day 1", False)}
