"""`xero-sf push` as processes that are killed, doubled and refused: each write is applied exactly once, none is lost."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xero_sf_pipeline.clients.salesforce import SalesforceClient
from xero_sf_pipeline.pipeline import open_pipeline
from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.org_rules import ValidationRule
from xero_sf_pipeline.settings import load_settings
from xero_sf_pipeline_tests.cli.conftest import Desk, Terminal

WRITES = r"/composite/sobjects"
PATIENCE_SECONDS = 120
KILLED = -9
REFUSAL = "Cases that are owed money are opened by hand."

Pushing = tuple[Desk, RunningSandbox]


def planned(desk: Desk, terminal: Terminal) -> dict[tuple[str, str], int]:
    """Writes of the plan by kind and object."""
    rows = terminal.run(
        "sql",
        "select kind, target_object, count(*) as writes from plan.writes group by all order by all",
        "--json",
        desk=desk,
    ).json
    return {(row["kind"], row["target_object"]): row["writes"] for row in rows}


def ours_in_org(desk: Desk) -> dict[str, int]:
    """Records of the org that carry one of our keys."""
    with open_pipeline(load_settings(_env_file=desk.env_file)) as pipeline:
        client: SalesforceClient = pipeline.salesforce
        return {
            "accounts": client.count("Account"),
            "linked": client.count("Account", "Xero_Contact_ID__c != null"),
            "contacts": client.count("Xero_Contact__c"),
            "cases": client.count("Case", "Xero_Invoice_Key__c != null"),
        }


def wait_for_fault(running: RunningSandbox, process: subprocess.Popen[str]) -> None:
    """Wait until the armed fault has hit a request, which then hangs in the sandbox."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while running.faults.as_list():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the request never came"
        time.sleep(0.02)


def arm_slow(running: RunningSandbox, *, after: int, seconds: float) -> None:
    running.faults.arm(Fault("salesforce", "slow", path=WRITES, times=1, after=after, argument={"seconds": seconds}))


def test_a_push_that_is_killed_again_and_again_writes_everything_once(pushing: Pushing, terminal: Terminal) -> None:
    desk, running = pushing
    plan, before = planned(desk, terminal), ours_in_org(desk)
    assert min(plan[key] for key in (("account.create", "Account"), ("case.open", "Case"))) > 1

    for calls_before_kill in (0, 1, 2):
        arm_slow(running, after=calls_before_kill, seconds=1.0)
        with desk.start("push") as process:
            wait_for_fault(running, process)
            process.kill()
            assert process.wait() == KILLED
    after_kills = desk.run("push")

    assert after_kills.code == 0, after_kills
    assert ours_in_org(desk) == {
        "accounts": before["accounts"] + plan["account.create", "Account"],
        "linked": before["linked"] + plan["account.create", "Account"] + plan["account.link", "Account"],
        "contacts": before["contacts"] + plan["account.link", "Xero_Contact__c"],
        "cases": before["cases"] + plan["case.open", "Case"],
    }
    settled = terminal.run("sql", "select state, count(*) as n from ledger.current group by all", "--json", desk=desk)
    assert settled.json == [{"state": "confirmed", "n": sum(plan.values())}]
    running.clock.set(datetime.now(UTC))
    second = desk.run("sync")
    assert (second.code, second.out.splitlines()[0]) == (0, "0 writes: both systems agree."), second


def test_of_two_pushes_at_once_one_sends_and_the_other_says_so(pushing: Pushing, terminal: Terminal) -> None:
    desk, running = pushing
    plan, before = planned(desk, terminal), ours_in_org(desk)
    arm_slow(running, after=0, seconds=6.0)

    with desk.start("push", "--json") as first:
        wait_for_fault(running, first)
        second = desk.run("push")
        out, err = first.communicate(timeout=PATIENCE_SECONDS)

    assert (second.code, second.out) == (1, ""), second
    assert "Another push is under way" in second.err
    assert (first.returncode, err) == (0, ""), out
    assert ours_in_org(desk)["cases"] == before["cases"] + plan["case.open", "Case"]


def test_a_refused_write_is_listed_explained_retried_and_dismissed(pushing: Pushing, terminal: Terminal) -> None:
    desk, running = pushing
    running.sandbox.salesforce.add_validation_rule(ValidationRule("Case", "Xero_Amount_Due__c > 0", REFUSAL))
    dry = terminal.run("push", "--dry-run", "--only", "account.create", desk=desk)
    assert (dry.code, ours_in_org(desk)["contacts"]) == (0, 0)
    assert "nothing was sent" in dry.out

    pushed = desk.run("push")

    assert pushed.code == 4, pushed
    assert REFUSAL in pushed.out
    letters = terminal.run("errors", "list", "--json", desk=desk).json
    assert letters
    first = letters[0]["write_id"]
    listed = terminal.run("errors", "list", desk=desk)
    assert first[:12] in listed.out
    assert letters[0]["remedy"] in listed.out
    detail = terminal.run("errors", "show", first[:12], desk=desk)
    for fact in (first, REFUSAL, letters[0]["remedy"], "Xero_Amount_Due__c"):
        assert fact in detail.out
    assert terminal.run("errors", "dismiss", first[:12], "--reason", "known", desk=desk).code == 0
    remaining = terminal.run("errors", "list", "--json", desk=desk).json
    assert {letter["write_id"] for letter in remaining} == {letter["write_id"] for letter in letters[1:]}
    assert terminal.run("errors", "retry", first[:12], desk=desk).err.endswith("will be sent by the next push.\n")
    assert desk.run("push").code == 4


@pytest.mark.parametrize("command", [("push",), ("push", "--dry-run"), ("plan",), ("errors", "retry", "abcd")])
def test_before_the_first_sync_there_is_nothing_to_work_on(
    command: tuple[str, ...], tmp_path: Path, terminal: Terminal
) -> None:
    desk = Desk(tmp_path / "empty")
    desk.data.mkdir(parents=True)
    (desk.data / "policy.yaml").write_text("version: 1\n", encoding="utf-8")
    desk.write_env("http://127.0.0.1:9")

    shown = terminal.run(*command, desk=desk)

    assert (shown.code, shown.out) == (1, "")
    assert "Run `xero-sf sync` first." in shown.err or "is not in the ledger" in shown.err
