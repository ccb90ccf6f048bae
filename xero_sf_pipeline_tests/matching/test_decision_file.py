"""The append-only file of decisions survives crashes, and says so when it is damaged."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.matching import (
    Decision,
    DecisionLog,
    MatchDecision,
    append_decision,
    decided_now,
    read_decisions,
    store_decisions,
)
from xero_sf_pipeline_tests.matching.desk import NOW, Desk


def confirmed(contact_key: str = "t:c1") -> MatchDecision:
    return decided_now(contact_key, "A1", Decision.CONFIRMED, decided_by="ana", at=NOW, reason="invoice shows it")


def test_an_appended_decision_is_read_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "decisions" / "matches.jsonl"
    stored = append_decision(path, confirmed())
    assert stored == confirmed().model_copy(update={"decision_id": stored.decision_id})
    assert stored.decision_id.startswith("00000001-")
    assert read_decisions(path) == DecisionLog((stored,))


def test_ids_count_up_so_that_later_decisions_of_one_instant_win(tmp_path: Path) -> None:
    path = tmp_path / "matches.jsonl"
    ids = [append_decision(path, confirmed(f"t:c{number}")).decision_id for number in range(12)]
    assert ids == sorted(ids)


def test_times_are_stored_in_utc(tmp_path: Path) -> None:
    local = NOW.astimezone(timezone(timedelta(hours=13)))
    stored = append_decision(tmp_path / "m.jsonl", confirmed().model_copy(update={"decided_at": local}))
    assert stored.decided_at.tzinfo is UTC
    assert stored.decided_at == NOW


def test_a_missing_file_holds_no_decisions(tmp_path: Path) -> None:
    assert read_decisions(tmp_path / "none.jsonl") == DecisionLog(())


def test_a_torn_last_line_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "matches.jsonl"
    stored = append_decision(path, confirmed())
    with path.open("a") as file:
        file.write('{"decision_id":"00000002-aa","contact_')
    assert read_decisions(path) == DecisionLog((stored,), torn_line='{"decision_id":"00000002-aa","contact_')


def test_appending_after_a_crash_sets_the_torn_line_aside(tmp_path: Path) -> None:
    path = tmp_path / "matches.jsonl"
    first = append_decision(path, confirmed())
    with path.open("a") as file:
        file.write('{"torn')
    second = append_decision(path, confirmed("t:c2"))
    assert read_decisions(path) == DecisionLog((first, second))
    assert (tmp_path / "matches.jsonl.torn").read_text() == '{"torn\n'


def test_a_last_line_that_lacks_only_its_end_counts(tmp_path: Path) -> None:
    path = tmp_path / "matches.jsonl"
    first = append_decision(path, confirmed())
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert read_decisions(path) == DecisionLog((first,))
    second = append_decision(path, confirmed("t:c2"))
    assert read_decisions(path) == DecisionLog((first, second))


def test_a_damaged_line_in_the_middle_stops_with_its_number_and_is_not_skipped(tmp_path: Path) -> None:
    path = tmp_path / "matches.jsonl"
    append_decision(path, confirmed())
    content = path.read_text()
    path.write_text(content + "garbage\n" + content)
    with pytest.raises(ConfigError, match=r"line 2 of matches\.jsonl is not a decision"):
        read_decisions(path)
    with pytest.raises(ConfigError, match="line 2"):
        append_decision(path, confirmed())
    assert path.read_text() == content + "garbage\n" + content


def _append_many(path: Path, worker: int) -> None:
    for number in range(10):
        append_decision(path, confirmed(f"t:{worker}-{number}"))


def test_processes_that_append_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "matches.jsonl"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_append_many, args=(path, worker)) for worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    log = read_decisions(path)
    assert {decision.contact_key for decision in log.decisions} == {f"t:{w}-{n}" for w in range(2) for n in range(10)}
    assert [decision.decision_id[:8] for decision in log.decisions] == [f"{n:08d}" for n in range(1, 21)]


@pytest.mark.parametrize(
    ("decision", "account", "by", "problem"),
    [
        (Decision.CONFIRMED, None, "ana", "confirmed: 'confirmed' is about a pair: name the account too"),
        (Decision.REJECTED, None, "ana", "rejected: 'rejected' is about a pair: name the account too"),
        (Decision.IGNORED, "A1", "ana", "ignored: 'ignored' is about the contact alone: leave the account out"),
        (Decision.CONFIRMED, "A1", "  ", "decided_by: String should have at least 1 character"),
    ],
)
def test_an_incomplete_decision_is_refused(decision: Decision, account: str | None, by: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        decided_now("t:c1", account, decision, decided_by=by, at=NOW, reason="because")
    assert refused.value.problems == [problem]


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ConfigError) as refused:
        decided_now(
            "t:c1", "A1", Decision.CONFIRMED, decided_by="ana", at=datetime(2026, 3, 16), reason="because"
        )  # fmt: skip
    assert refused.value.problems == ["decided_at: Input should have timezone info"]


def test_storing_decisions_replaces_what_the_warehouse_had(tmp_path: Path) -> None:
    desk = Desk()
    stored = append_decision(tmp_path / "matches.jsonl", confirmed())
    assert store_decisions(desk.connection, [confirmed("t:old")]) == 1
    assert store_decisions(desk.connection, [stored]) == 1
    assert desk.rows("select * from matching.decisions") == [
        {
            "decision_id": stored.decision_id,
            "contact_key": "t:c1",
            "sf_account_id": "A1",
            "decision": "confirmed",
            "decided_by": "ana",
            "decided_at": NOW,
            "reason": "invoice shows it",
        }
    ]
    assert store_decisions(desk.connection, []) == 0
    assert desk.rows("select * from matching.decisions") == []
