"""The law of the push to Xero: whatever fails, however late a given-up call arrives, and whenever the mirror is read
again, there is never a second record under a key, and at rest each write is there once or parked with its error."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.errors import (
    ApiError,
    AuthenticationFailed,
    MissingPermission,
    OutcomeUnknown,
    PermanentApiError,
    RateLimited,
    TransientApiError,
    ValidationFailed,
)
from xero_sf_pipeline.pushing import dead_letters
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.push import push
from xero_sf_pipeline_tests.pushing.conftest import PUSHED_AT
from xero_sf_pipeline_tests.pushing.fake_salesforce import FakeSalesforce
from xero_sf_pipeline_tests.pushing.fake_xero import CallFault, FakeXero
from xero_sf_pipeline_tests.pushing.memory_warehouse import MemoryWarehouse
from xero_sf_pipeline_tests.pushing.plans import (
    TENANT,
    PlannedRow,
    invoice_create,
    invoice_update,
    write_plan,
    xero_contact_create,
)

OTHER = "7c0f4f4e-0000-4000-8000-000000000002"
LOST = OutcomeUnknown("no answer", system="xero", code="timeout")
CALL_ERRORS: list[ApiError] = [
    LOST,
    OutcomeUnknown("HTTP 500", system="xero", status=500, code="server_error"),
    TransientApiError("no connection", system="xero", code="not_connected"),
    TransientApiError("offline", system="xero", status=503, code="offline"),
    RateLimited("day", system="xero", limit="day", retry_after_seconds=60_000),
    RateLimited("busy", system="xero", limit="concurrent"),
    AuthenticationFailed("expired", system="xero", status=401, code="expired"),
    MissingPermission("scope", system="xero", status=401, code="insufficient_scope"),
    PermanentApiError("unreadable", system="xero", status=400, code="PostDataInvalidException"),
    ValidationFailed("A validation exception occurred", system="xero", status=400, code="ValidationException"),
]


@st.composite
def call_faults(draw: st.DrawFn) -> CallFault:
    operation = draw(st.sampled_from(["create", "create", "create", "update", "changed", "by_ids"]))
    error = draw(st.sampled_from(CALL_ERRORS))
    if operation in ("changed", "by_ids"):
        return CallFault(operation, error)
    may_have_worked = isinstance(error, OutcomeUnknown | ValidationFailed)
    after_commit = may_have_worked and draw(st.booleans())
    late = timedelta(minutes=draw(st.integers(1, 5))) if error is LOST and not after_commit else None
    return CallFault(operation, error, after_commit=after_commit, late=late if draw(st.booleans()) else None)


MESSAGES = ["Account code '999' is not a valid code for this document.", "Invoice # must be unique."]
KEYS = [f"0065g00000ABCDEAA2/{number}" for number in range(1, 6)]


def plan_of(xero: FakeXero) -> list[PlannedRow]:
    draft = xero.add(TENANT, "Invoice", Reference="old/1", DueDate="2026-01-01", Status="DRAFT")
    contacts = {
        tenant: xero_contact_create("0015g00000ABCDEAA2", "New Ltd", tenant=tenant) for tenant in (TENANT, OTHER)
    }
    return [
        *contacts.values(),
        *(
            invoice_create(key, {"$write": contact.write_id}, depends_on=(contact.write_id,), tenant=tenant)
            for tenant, contact in contacts.items()
            for key in KEYS
        ),
        invoice_update("old/1", draft, {"DueDate": "2026-02-02"}, {"DueDate": "2026-01-01"}),
    ]


LATE_CHANGE = CallFault("update", LOST, late=timedelta(seconds=120))
"""It is made once more, and is still at work when everything is done."""


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    calls=st.lists(call_faults(), max_size=10),
    rows=st.dictionaries(st.sampled_from(KEYS), st.lists(st.sampled_from(MESSAGES), max_size=2), max_size=3),
    syncs=st.sets(st.integers(0, 15), max_size=6),
    minutes=st.sampled_from([1, 4, 30]),
    limit=st.none() | st.integers(1, 9),
)
@example(calls=[LATE_CHANGE], rows={}, syncs=set(), minutes=1, limit=None)
def test_there_is_never_a_second_record_and_at_rest_each_is_there_once_or_parked(
    calls: list[CallFault], rows: dict[str, list[str]], syncs: set[int], minutes: int, limit: int | None
) -> None:
    clock = FixedClock(PUSHED_AT)
    xero = FakeXero(clock)
    plan = plan_of(xero)
    clock.advance(timedelta(hours=3))
    xero.call_faults, xero.row_faults = list(calls), {key: list(messages) for key, messages in rows.items()}
    pacing = Pacing(xero_batch_size=2, sleep=lambda seconds: None, max_pushes=50)
    with tempfile.TemporaryDirectory() as directory:
        warehouse = MemoryWarehouse(Path(directory) / "warehouse.duckdb")
        move_cursor(warehouse, clock.now())
        write_plan(warehouse, plan, planned_at=clock.now())
        for number in range(40):
            clock.advance(timedelta(minutes=minutes))
            xero.finish_late_calls()
            if number in syncs:  # the mirror was read again, and what it shows is not planned again
                move_cursor(warehouse, clock.now())
                missing = [write for write in plan if not is_there(xero, write)]
                write_plan(warehouse, missing, plan_id=f"sync-{number}", planned_at=clock.now())
            report = push(
                warehouse, FakeSalesforce(), clock, run_id=f"run-{number}", actor="law", pacing=pacing,
                xero=xero.tenant, limit=limit if number < 3 else None,
            )  # fmt: skip
            no_second_record(xero)
            is_idle = report.write_calls + report.read_calls == 0 and not report.stopped_because
            if is_idle and not any(row.reason == "unsettled" for row in report.not_sent):
                break
        else:
            raise AssertionError("the pushes never came to rest")
        with warehouse.transaction() as connection:
            newest = dict(connection.execute("select write_id, state from ledger.current").fetchall())
            parked = {letter.write_id: letter for letter in dead_letters.list_errors(connection, max_pushes=50)}
        warehouse.close()

    clock.advance(timedelta(hours=1))  # a call that was given up, and made once more, may arrive after all is done
    xero.finish_late_calls()
    no_second_record(xero)
    assert not xero.books.at_work
    for write in plan:
        tenant, _, own_key = write.target_key.partition(":")
        there = xero.by_key(write.target_object, tenant).get(own_key, [])
        if newest.get(write.write_id) == "confirmed":
            assert len(there) == 1
        elif write.write_id in newest:
            assert newest[write.write_id] == "rejected"
            assert parked[write.write_id].is_parked
            assert not there or write.kind == "invoice.update"
        else:
            assert newest[write.depends_on[0]] == "rejected"


def is_there(xero: FakeXero, write: PlannedRow) -> bool:
    tenant, _, own_key = write.target_key.partition(":")
    there = xero.by_key(write.target_object, tenant).get(own_key, [])
    return bool(there) and (not write.before or there[0]["DueDate"] == write.payload["DueDate"])


def no_second_record(xero: FakeXero) -> None:
    for tenant in (TENANT, OTHER):
        for object_name in ("Contact", "Invoice"):
            assert all(len(records) == 1 for records in xero.by_key(object_name, tenant).values())


def move_cursor(warehouse: MemoryWarehouse, instant: datetime) -> None:
    with warehouse.transaction() as connection:
        for tenant in (TENANT, OTHER):
            for entity in ("contacts", "invoices"):
                connection.execute(
                    "insert or replace into ops.cursors values ('xero', ?, ?, ?, ?, 'sync')",
                    [tenant, entity, instant, instant],
                )


def test_a_call_that_was_given_up_and_arrives_minutes_later_makes_no_second_record(tmp_path: Path) -> None:
    clock = FixedClock(PUSHED_AT)
    xero = FakeXero(clock)
    customer = xero.add(TENANT, "Contact", Name="Known Ltd")
    planned = invoice_create(KEYS[0], customer)
    xero.call_faults = [CallFault("create", LOST, late=timedelta(minutes=3))]
    warehouse = MemoryWarehouse(tmp_path / "warehouse.duckdb")
    move_cursor(warehouse, clock.now())
    write_plan(warehouse, [planned], planned_at=clock.now())
    outcomes = []
    for number in range(4):
        report = push(
            warehouse, FakeSalesforce(), clock, run_id=f"run-{number}", actor="law", xero=xero.tenant,
            pacing=Pacing(sleep=lambda seconds: None),
        )  # fmt: skip
        outcomes.append([(row.kind, row.outcome) for row in (*report.recovered, *report.counts)])
        clock.advance(timedelta(minutes=1, seconds=30))
    warehouse.close()

    assert [len(records) for records in xero.by_key("Invoice", TENANT).values()] == [1]
    assert outcomes == [
        [("invoice.create", "unknown")],
        [("invoice.create", "not_sent:unsettled")],
        [("invoice.create", "confirmed"), ("invoice.create", "not_sent:already_confirmed")],
        [("invoice.create", "not_sent:already_confirmed")],
    ]
