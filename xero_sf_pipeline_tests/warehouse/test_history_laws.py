"""Laws of the history merge, for any sequence of polls and sweeps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xero_sf_pipeline_tests.warehouse.mirror import Known, Mirror, Record, name_of

IDS = ("ann", "ben", "cem", "dot")
laws = settings(max_examples=12, deadline=None)


@st.composite
def records(draw: st.DrawFn) -> Record:
    stamp = draw(st.integers(1, 4))
    return Record(draw(st.sampled_from(IDS)), stamp, is_deleted=stamp == 3)


pages = st.lists(records(), max_size=6)
live_pages = st.lists(st.builds(Record, st.sampled_from(IDS), st.sampled_from((1, 2, 4)), st.just(False)), max_size=6)
walks = st.lists(st.tuples(pages, st.booleans()), min_size=1, max_size=5)
"""What each walk read, and whether it was a sweep that saw everything."""


@pytest.fixture(scope="module")
def shared_mirror() -> Iterator[Mirror]:
    mirror = Mirror()
    yield mirror
    mirror.connection.close()


class Model:
    """The same mirror in four lines of Python: the newest stamp wins, a sweep deletes what it does not see."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[int, bool]] = {}

    def walk(self, page: list[Record], is_complete: bool) -> None:
        for record in sorted(page, key=lambda record: record.stamp or 0):
            assert record.stamp is not None
            self.known[record.sf_user_id] = max(
                self.known.get(record.sf_user_id, (0, False)),
                (record.stamp, record.is_deleted),
                key=lambda version: version[0],
            )
        newest = {record.sf_user_id: record.stamp for record in sorted(page, key=lambda record: record.stamp or 0)}
        for key, (stamp, _) in self.known.items():
            if newest.get(key) == stamp:
                self.known[key] = (stamp, stamp == 3)  # seen again: what a sweep took for deleted is back
            elif is_complete and key not in newest:
                self.known[key] = (stamp, True)

    def current(self) -> dict[str, Known]:
        return {key: Known(name_of(Record(key, stamp)), deleted) for key, (stamp, deleted) in self.known.items()}


@laws
@given(walks)
def test_after_any_walks_each_record_has_one_current_version_the_newest(
    shared_mirror: Mirror, sequence: list[tuple[list[Record], bool]]
) -> None:
    shared_mirror.clear()
    model = Model()
    for number, (page, is_complete) in enumerate(sequence):
        shared_mirror.walk(page, number, is_complete=is_complete)
        model.walk(page, is_complete)

        assert shared_mirror.current() == model.current()


@laws
@given(walks)
def test_an_as_of_read_gives_what_was_known_then_without_gap_or_overlap(
    shared_mirror: Mirror, sequence: list[tuple[list[Record], bool]]
) -> None:
    shared_mirror.clear()
    known_after = []
    for number, (page, is_complete) in enumerate(sequence):
        shared_mirror.walk(page, number, is_complete=is_complete)
        known_after.append(shared_mirror.current())

    assert [shared_mirror.as_known(number + 0.5) for number in range(len(sequence))] == known_after
    for key in IDS:
        versions = sorted((row[3], row[4]) for row in shared_mirror.rows() if row[0] == key)
        assert all(earlier[1] == later[0] for earlier, later in pairwise(versions))


@laws
@given(walks)
def test_reading_the_same_again_adds_nothing(shared_mirror: Mirror, sequence: list[tuple[list[Record], bool]]) -> None:
    shared_mirror.clear()
    for number, (page, is_complete) in enumerate(sequence):
        shared_mirror.walk(page, number, is_complete=is_complete)
    before = shared_mirror.rows()

    counts = shared_mirror.walk(sequence[-1][0], len(sequence), is_complete=sequence[-1][1])

    assert (counts.new_versions, counts.deleted) == (0, 0)
    assert shared_mirror.rows() == before


@laws
@given(pages, pages, st.randoms(use_true_random=False))
def test_rows_that_come_twice_or_in_another_order_store_the_same(
    shared_mirror: Mirror, first: list[Record], second: list[Record], order: object
) -> None:
    shared_mirror.clear()
    shared_mirror.walk(first, 0)
    shared_mirror.walk(second, 1)
    plain = shared_mirror.rows()
    shuffled = second + second
    order.shuffle(shuffled)  # type: ignore[attr-defined]

    shared_mirror.clear()
    shared_mirror.walk(first[::-1], 0)
    shared_mirror.walk(shuffled, 1)

    assert shared_mirror.rows() == plain


@laws
@given(st.lists(live_pages, min_size=2, max_size=4))
def test_polls_that_end_in_any_order_lead_to_the_same_current_rows(
    shared_mirror: Mirror, sequence: list[list[Record]]
) -> None:
    shared_mirror.clear()
    for number, page in enumerate(sequence):
        shared_mirror.walk(page, number)
    forward = shared_mirror.current()

    shared_mirror.clear()
    for number, page in enumerate(reversed(sequence)):
        shared_mirror.walk(page, number)

    assert shared_mirror.current() == forward
