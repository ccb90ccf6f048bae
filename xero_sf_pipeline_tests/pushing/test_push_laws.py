"""The law of the pusher: whatever fails, each write ends applied exactly once, or parked with its error."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.errors import (
    ApiError,
    AuthenticationFailed,
    MalformedResponse,
    OutcomeUnknown,
    RateLimited,
    TransientApiError,
)
from xero_sf_pipeline.pushing import dead_letters
from xero_sf_pipeline.pushing.pacing import Pacing
from xero_sf_pipeline.pushing.push import push
from xero_sf_pipeline_tests.pushing.conftest import PUSHED_AT
from xero_sf_pipeline_tests.pushing.fake_salesforce import CallFault, FakeSalesforce
from xero_sf_pipeline_tests.pushing.memory_warehouse import MemoryWarehouse
from xero_sf_pipeline_tests.pushing.plans import (
    TENANT,
    PlannedRow,
    account_create,
    case_open,
    case_update,
    contact_link,
    write_plan,
)

CALL_ERRORS: list[ApiError] = [
    OutcomeUnknown("no answer", system="salesforce", code="timeout"),
    MalformedResponse("half an answer", system="salesforce", code="malformed"),
    TransientApiError("no connection", system="salesforce", code="not_connected"),
    RateLimited("day", system="salesforce", limit="daily_requests"),
    RateLimited("busy", system="salesforce", limit="concurrent", retry_after_seconds=1),
    AuthenticationFailed("expired", system="salesforce", status=401, code="INVALID_SESSION_ID"),
]
OPERATIONS = ["upsert", "retrieve", "find_by_key", "create_ingest_job", "upload", "job", "ingest_results"]


@st.composite
def call_faults(draw: st.DrawFn) -> CallFault:
    error = draw(st.sampled_from(CALL_ERRORS))
    # Only an answer can be lost after the commit; a refusal comes instead of it.
    answer_lost = isinstance(error, OutcomeUnknown | MalformedResponse)
    return CallFault(draw(st.sampled_from(OPERATIONS)), error, after_commit=answer_lost and draw(st.booleans()))


ROW_ERRORS = [
    ("UNABLE_TO_LOCK_ROW", "locked"),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no"),
    ("DUPLICATES_DETECTED", "Use one of these records?"),
    ("INSUFFICIENT_ACCESS_OR_READONLY", "no access"),
]
CASE_COUNT = 6


def case_key(number: int) -> str:
    return f"{TENANT}:inv-{number:06d}"


def plan_of(case_id: str) -> list[PlannedRow]:
    account = account_create("c-1")
    parent = {"Xero_Contact_ID__c": "c-1"}
    return [
        account,
        contact_link("c-1", {"Account__r": parent}, depends_on=(account.write_id,)),
        *(case_open(n, payload={"Account": parent}, depends_on=(account.write_id,)) for n in range(CASE_COUNT)),
        case_update(900, case_id, "50", "100"),
    ]


ADDRESSES = ["c-1", f"{TENANT}:c-1", *(case_key(number) for number in range(CASE_COUNT)), case_key(900)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    calls=st.lists(call_faults(), max_size=8),
    rows=st.dictionaries(st.sampled_from(ADDRESSES), st.lists(st.sampled_from(ROW_ERRORS), max_size=4), max_size=5),
    bulk_above=st.sampled_from([3, 100]),
    limit=st.none() | st.integers(1, 9),
)
def test_each_write_is_applied_exactly_once_or_parked_with_its_error(
    calls: list[CallFault],
    rows: dict[str, list[tuple[str, str]]],
    bulk_above: int,
    limit: int | None,
) -> None:
    org = FakeSalesforce()
    plan = plan_of(org.add("Case", Xero_Invoice_Key__c=case_key(900), Xero_Amount_Due__c=100))
    org.call_faults, org.row_faults = list(calls), {address: list(errors) for address, errors in rows.items()}
    clock = FixedClock(PUSHED_AT)
    pacing = Pacing(collection_size=2, bulk_above=bulk_above, sleep=lambda seconds: None)
    with tempfile.TemporaryDirectory() as directory:
        warehouse = MemoryWarehouse(Path(directory) / "warehouse.duckdb")
        write_plan(warehouse, plan)
        for number in range(len(calls) + 12):
            clock.advance(timedelta(minutes=5))
            report = push(
                warehouse, org, clock, run_id=f"run-{number}", actor="law", pacing=pacing,
                limit=limit if number < 3 else None,
            )  # fmt: skip
            assert all(count == 1 for count in org.org.applied.values())
            if report.write_calls + report.read_calls == 0 and not report.stopped_because:
                break
        else:
            raise AssertionError("the pushes never came to rest")
        with warehouse.transaction() as connection:
            newest = dict(connection.execute("select write_id, state from ledger.current").fetchall())
            parked = {letter.write_id: letter for letter in dead_letters.list_errors(connection)}
        warehouse.close()

    applied = {key for _, key in org.org.applied}
    parent = plan[0]
    for write in plan:
        if newest.get(write.write_id) == "confirmed":
            assert write.target_key in applied
            continue
        assert write.target_key not in applied
        if write.write_id in newest:
            assert newest[write.write_id] == "rejected"
            assert parked[write.write_id].is_parked
            assert parked[write.write_id].message
        else:
            assert parent.write_id in write.depends_on
            assert newest[parent.write_id] == "rejected"
