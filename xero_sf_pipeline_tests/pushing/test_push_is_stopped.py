"""A person can stop pushing at any moment, and an answer that does not fit its request is not believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from xero_sf_pipeline.errors import PlanHeld, PushDisabled
from xero_sf_pipeline.pushing.stop import STOP_FILE
from xero_sf_pipeline_tests.pushing.fake_salesforce import FakeSalesforce, Row
from xero_sf_pipeline_tests.pushing.plans import TENANT, case_open, case_update, write_plan


class StoppedAfterFirstCall(FakeSalesforce):
    """A person pulls the switch while the first call is on its way."""

    def __init__(self, stop_file: Path) -> None:
        super().__init__()
        self._stop_file = stop_file

    def upsert(self, object_name: str, key_field: str, records: Sequence[Mapping[str, Any]]) -> list[Row]:
        self._stop_file.touch()
        return super().upsert(object_name, key_field, records)


class MixesUpAnswers(FakeSalesforce):
    """Gives the answers of the first call in another order than its records."""

    is_mixed_up = True

    def upsert(self, object_name: str, key_field: str, records: Sequence[Mapping[str, Any]]) -> list[Row]:
        answers = super().upsert(object_name, key_field, records)
        if self.is_mixed_up:
            self.is_mixed_up = False
            answers.reverse()
        return answers


def test_a_push_under_way_ends_before_its_next_call_and_goes_on_when_the_file_is_gone(warehouse, run_push, states):
    stop_file = warehouse.path.with_name(STOP_FILE)
    salesforce = StoppedAfterFirstCall(stop_file)
    cases = [case_open(number) for number in range(3)]
    write_plan(warehouse, cases)

    report = run_push(client=salesforce, pacing={"collection_size": 2})

    assert [count for *_, count in salesforce.org.calls] == [2]
    assert report.stopped_because == "A person stopped pushing (the file push.stop is there)."
    assert [row.reason for row in report.not_sent] == ["stopped"]
    assert sorted(states(case.write_id) for case in cases) == [[], ["intent", "confirmed"], ["intent", "confirmed"]]
    with pytest.raises(PushDisabled, match="A person stopped pushing"):
        run_push("run-2", client=salesforce)
    assert len(salesforce.org.calls) == 1

    stop_file.unlink()
    assert run_push("run-3", client=FakeSalesforce()).confirmed_count == 1


def test_answers_for_other_records_than_were_sent_are_not_believed_and_the_records_are_looked_up(
    warehouse, run_push, states
):
    salesforce = MixesUpAnswers()
    ids = [
        salesforce.add("Case", Xero_Invoice_Key__c=f"{TENANT}:inv-{number:06d}", Xero_Amount_Due__c=100)
        for number in (1, 2)
    ]
    locked = f"{TENANT}:inv-000002"
    salesforce.row_faults[locked] = [("UNABLE_TO_LOCK_ROW", "locked")]
    first, second = (case_update(number, case_id, "50", "100") for number, case_id in zip((1, 2), ids, strict=True))
    write_plan(warehouse, [first, second])

    run_push(client=salesforce)

    assert states(first.write_id) == ["intent", "unknown", "confirmed"]
    assert states(second.write_id) == ["intent", "unknown", "rejected", "intent", "confirmed"]
    assert set(salesforce.org.applied.values()) == {1}


def test_an_old_plan_is_not_pushed_because_what_it_opens_may_have_been_paid_since(
    warehouse, salesforce, run_push, clock
):
    write_plan(warehouse, [case_open(1)])
    clock.advance(timedelta(hours=26))
    with pytest.raises(PlanHeld, match="Plan plan-1 was made 1 days and 2 hours ago"):
        run_push()
    assert salesforce.org.calls == []
    write_plan(warehouse, [case_open(1)], plan_id="plan-2", planned_at=clock.now())
    assert run_push("run-2").confirmed_count == 1
