"""Rows that change at any moment are never lost: the law of the cursor, over HTTP with small pages."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from xero_sf_pipeline.errors import MalformedResponse
from xero_sf_pipeline.extraction import bookkeeping
from xero_sf_pipeline_tests.extraction.conftest import NewMirror
from xero_sf_pipeline_tests.extraction.mirror import INVOICES, Mirror


class Killed(Exception):
    """The run ends here."""


def invoice_ids(mirror: Mirror) -> list[str]:
    return sorted(mirror.served())


def newcomer(mirror: Mirror, first_digit: str) -> str:
    """A new invoice whose id sorts by its first digit."""
    model = mirror.running.sandbox.xero.store.get(mirror.tenant_id, "Invoices", invoice_ids(mirror)[0])
    assert model is not None
    identity = first_digit + str(uuid.uuid4())[1:]
    document = {**model, "InvoiceID": identity, "InvoiceNumber": f"N-{identity[:8]}"}
    mirror.mutate("insert", kind="Invoices", document=document, bump=True)
    return identity


def edit(mirror: Mirror, kind: str, share: float, seconds: float) -> None:
    """Do one thing in the books, `seconds` later."""
    mirror.running.clock.advance(timedelta(seconds=seconds))
    ids = invoice_ids(mirror)
    if kind == "touch":
        mirror.mutate("touch", kind="Invoices", id=ids[int(share * len(ids))])
    elif kind == "insert":
        newcomer(mirror, "0123456789abcdef"[int(share * 16)])
    elif kind == "vanish" and len(ids) > 20:
        mirror.mutate("delete", kind="Invoices", id=ids[int(share * len(ids))])


EDITS = st.tuples(
    st.sampled_from(["touch", "touch", "insert", "vanish", "kill"]),
    st.floats(0, 0.999),
    st.sampled_from([0, 0, 0.3, 1, 61, 3600]),
)
RUNS = st.lists(st.dictionaries(st.integers(1, 6), st.lists(EDITS, min_size=1, max_size=3), max_size=3), max_size=4)
SKEWS = st.sampled_from([timedelta(), timedelta(days=2), timedelta(days=-2), timedelta(minutes=7)])


@settings(
    max_examples=5, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(runs=RUNS, skew=SKEWS, is_inclusive=st.booleans())
def test_whatever_changes_between_pages_the_next_poll_agrees_with_the_books(
    new_mirror: NewMirror, runs: list[dict[int, list[tuple[str, float, float]]]], skew: timedelta, is_inclusive: bool
) -> None:
    mirror = new_mirror(skew=skew, page_size=9)
    mirror.mutate("behaviour", modified_since_is_inclusive=is_inclusive)
    for happenings in runs:
        cursor_before = mirror.cursor("invoices")
        mirror.running.clock.advance(timedelta(milliseconds=1))

        def happen(page: int, happenings: dict[int, list[tuple[str, float, float]]] = happenings) -> None:
            for kind, share, seconds in happenings.get(page, []):
                if kind == "kill":
                    raise Killed
                edit(mirror, kind, share, seconds)

        mirror.between = happen
        try:
            mirror.poll("invoices")
        except (Killed, MalformedResponse):
            assert mirror.cursor("invoices") == cursor_before
    mirror.between = None
    mirror.running.clock.advance(timedelta(milliseconds=1))
    last = mirror.poll("invoices")
    served, mirrored = mirror.served(), mirror.mirrored()
    assert {key: mirrored.get(key) for key in served} == served
    assert last.ties
    mirror.running.clock.advance(timedelta(seconds=1))
    mirror.sweep("invoices")
    assert mirror.mirrored() == mirror.served()
    assert (
        mirror.values(
            """select xero_invoice_id from raw_xero.invoices group by all
        having count(*) filter (known_to is null) <> 1 or count(distinct known_from) <> count(*)"""
        )
        == []
    )


def test_a_row_changed_in_the_second_of_the_cursor_is_read_by_the_next_poll(mirror: Mirror) -> None:
    first = mirror.poll("invoices")
    assert mirror.cursor("invoices") == first.source_started_at
    changed = invoice_ids(mirror)[3]
    mirror.mutate("touch", kind="Invoices", id=changed)
    assert mirror.poll("invoices").counts.new_versions == 1
    assert mirror.mirrored() == mirror.served()


def test_a_commit_that_shows_minutes_after_its_stamp_is_read(mirror: Mirror) -> None:
    mirror.poll("invoices")
    stamp = mirror.running.clock.now() - timedelta(minutes=4)
    identity = newcomer(mirror, "8")
    milliseconds = int(stamp.timestamp() * 1000)
    mirror.mutate("patch", kind="Invoices", id=identity, fields={"UpdatedDateUTC": f"/Date({milliseconds}+0000)/"})
    mirror.running.clock.advance(timedelta(seconds=30))
    assert mirror.poll("invoices").counts.new_versions == 1
    assert mirror.mirrored() == mirror.served()


@pytest.mark.parametrize("skew", [timedelta(days=-3), timedelta(days=3)])
def test_the_cursor_is_the_time_of_xero_not_of_this_machine(new_mirror: NewMirror, skew: timedelta) -> None:
    mirror = new_mirror(skew=skew)
    mirror.poll("invoices")
    assert mirror.cursor("invoices") == mirror.running.clock.now().replace(
        microsecond=mirror.running.clock.now().microsecond // 1000 * 1000
    )


def test_the_cursor_stays_on_an_empty_answer(mirror: Mirror) -> None:
    mirror.poll("invoices")
    cursor = mirror.cursor("invoices")
    mirror.running.clock.advance(timedelta(hours=5))
    report = mirror.poll("invoices")
    assert (report.rows_read, mirror.cursor("invoices")) == (0, cursor)


def test_without_a_time_of_xero_the_cursor_stays_behind_the_newest_change_by_the_time_of_the_walk(
    mirror: Mirror,
) -> None:
    """A walk of seven minutes: a row changed after its page was read must stay ahead of the cursor."""
    ids = invoice_ids(mirror)

    def between(page: int) -> None:
        mirror.running.clock.advance(timedelta(minutes=7))
        if page == 1:
            mirror.mutate("touch", kind="Invoices", id=ids[0])
        mirror.mutate("touch", kind="Invoices", id=ids[-1])

    def without_time(body: bytes) -> bytes:
        return body.replace(b'"DateTimeUTC"', b'"Elsewhere"')

    mirror.between = between
    mirror.xero(without_time).poll(INVOICES)
    mirror.between = None
    mirror.xero(without_time).poll(INVOICES)
    assert mirror.mirrored() == mirror.served()


def test_a_kill_before_the_commit_leaves_neither_rows_nor_a_moved_cursor(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.poll("invoices")
    cursor, known = mirror.cursor("invoices"), mirror.mirrored()
    mirror.running.clock.advance(timedelta(minutes=1))
    mirror.mutate("touch", kind="Invoices", id=invoice_ids(mirror)[0])

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(bookkeeping, "move_cursor", killed)
        with pytest.raises(KeyboardInterrupt):
            mirror.poll("invoices")
    assert (mirror.cursor("invoices"), mirror.mirrored()) == (cursor, known)
    assert mirror.poll("invoices").counts.new_versions == 1
    assert mirror.mirrored() == mirror.served()


def test_a_walk_cut_between_two_pages_leaves_no_spooled_page_behind(mirror: Mirror) -> None:
    def cut(page: int) -> None:
        if page == 2:
            raise Killed

    mirror.between = cut
    with pytest.raises(Killed):
        mirror.poll("invoices")
    assert list((mirror.folder / "spool").iterdir()) == []
    assert mirror.cursor("invoices") is None
    mirror.between = None
    assert mirror.poll("invoices").mode == "full"
    assert mirror.mirrored() == mirror.served()


def test_a_backfill_never_moves_the_cursor_past_what_was_not_read(mirror: Mirror) -> None:
    mirror.poll("invoices")
    cursor = mirror.cursor("invoices")
    assert cursor is not None
    mirror.running.clock.advance(timedelta(hours=2))
    mirror.mutate("touch", kind="Invoices", id=invoice_ids(mirror)[0])
    mirror.running.clock.advance(timedelta(hours=2))
    mirror.mutate("touch", kind="Invoices", id=invoice_ids(mirror)[1])
    since = cursor + timedelta(hours=3)
    assert mirror.backfill("invoices", since).counts.new_versions == 1
    assert mirror.cursor("invoices") == cursor
    assert mirror.poll("invoices").counts.new_versions == 1
    assert mirror.mirrored() == mirror.served()


def test_a_day_backfilled_twice_is_stored_once(mirror: Mirror) -> None:
    since = mirror.running.clock.now() - timedelta(days=400)
    first = mirror.backfill("invoices", since)
    second = mirror.backfill("invoices", since)
    assert first.counts.new_versions == first.counts.distinct > 20
    assert (second.counts.new_versions, second.counts.distinct) == (0, first.counts.distinct)
    assert sum(second.rows_by_day.values()) == first.counts.distinct
    assert mirror.values("select count(*) from raw_xero.invoices") == [first.counts.distinct]


def test_two_versions_of_a_row_follow_each_other_without_a_gap_and_the_past_can_be_read(mirror: Mirror) -> None:
    mirror.poll("invoices")
    identity = invoice_ids(mirror)[0]
    first_read = mirror.running.clock.now()
    mirror.running.clock.advance(timedelta(minutes=10))
    mirror.mutate("patch", kind="Invoices", id=identity, fields={"Reference": "second"}, bump=True)
    mirror.poll("invoices")
    second_read = mirror.running.clock.now()
    versions = mirror.values(
        """select known_from, known_to, reference = 'second' from raw_xero.invoices
        where xero_invoice_id = $identity order by known_from""",
        identity=identity,
    )
    assert [(start, end) for start, end, _ in versions] == [(first_read, second_read), (second_read, None)]
    assert versions[1][2] is True
    as_known = """select count(*) from raw_xero.invoices where xero_invoice_id = $identity
        and known_from <= $at and (known_to is null or known_to > $at) and reference is not distinct from 'second'"""
    at = first_read + timedelta(minutes=5)
    assert mirror.values(as_known, identity=identity, at=at) == [0]
    assert mirror.values(as_known, identity=identity, at=second_read) == [1]


def test_the_source_is_asked_with_the_overlap(mirror: Mirror) -> None:
    mirror.poll("invoices")
    cursor = mirror.cursor("invoices")
    report = mirror.poll("invoices")
    assert cursor is not None
    assert report.asked_from_at == cursor - timedelta(minutes=5)
    assert INVOICES.entity.order == "InvoiceID"
