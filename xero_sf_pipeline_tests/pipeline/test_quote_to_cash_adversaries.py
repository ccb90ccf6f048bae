"""One plan of invoices, sent through everything that goes wrong: never a second invoice, and every write ends visible.

Over HTTP. Each test sends the plan's next invoice, or the rest of them; the last one reads back what became of all.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from xero_sf_pipeline.errors import PlanHeld, WarehouseBusy
from xero_sf_pipeline.pushing import dead_letters
from xero_sf_pipeline.pushing.report import KindCount, PushReport
from xero_sf_pipeline_tests.pipeline.one_run import start
from xero_sf_pipeline_tests.pipeline.quote_to_cash import Firm, firm
from xero_sf_pipeline_tests.pipeline.works import TODAY

DEALS = 12
AMOUNT = 250
"""Of every deal, before tax."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """A firm with a plan of one invoice per deal. The first deal is of a customer of its own."""
    with firm(tmp_path_factory.mktemp("adversaries")) as opened:
        _, alone = opened.customer("Alone Ltd")
        _, several = opened.customer("Several Ltd")
        deals = [
            opened.sales.add_deal(several if number else alone, f"Deal {number}", close_on=TODAY, Amount=AMOUNT)
            for number in range(DEALS)
        ]
        opened.start()
        for deal in deals:
            opened.sales.win(deal)
        opened.sync()
        assert opened.works.planned() == [("invoice.create", key_of(opened, deal)) for deal in deals]
        yield opened


def key_of(firm: Firm, deal: str) -> str:
    return f"{firm.works.tenant_id}:{deal}/1"


def deals(firm: Firm) -> list[str]:
    return sorted(row["Id"] for row in firm.works.org("Opportunity") if str(row["Name"]).startswith("Deal "))


def next_deal(firm: Firm) -> str:
    """The deal whose invoice goes out next."""
    tried = {row["target_key"] for row in firm.works.warehouse("select target_key from ledger.attempts")}
    return next(deal for deal in deals(firm) if key_of(firm, deal) not in tried)


def push_next(firm: Firm) -> PushReport:
    firm.works.running.log.clear()
    return firm.works.push(limit=1)


def history(firm: Firm, deal: str) -> list[str]:
    """The states of a deal's invoice in the ledger, oldest first."""
    rows = firm.works.warehouse(
        "select state from ledger.attempts where target_key = $key order by attempt_number", {"key": key_of(firm, deal)}
    )
    return [row["state"] for row in rows]


def letters(firm: Firm) -> dict[str | None, tuple[str, str | None]]:
    """State and class of every write that a person is told of, by target key."""
    with firm.works.pipeline() as pipeline, pipeline.warehouse.transaction() as connection:
        found = dead_letters.list_errors(connection)
    return {letter.target_key: (letter.state.value, letter.error_class) for letter in found}


def contact_of(firm: Firm, deal: str) -> str:
    account = firm.one("Opportunity", Id=deal)["AccountId"]
    return str(firm.one("Account", Id=account)["Xero_Contact_ID__c"])


def test_a_contact_that_is_archived_between_plan_and_push_gets_no_invoice_and_a_person_is_told(story: Firm) -> None:
    deal = next_deal(story)
    story.works.xero_mutation("archive_contact", id=contact_of(story, deal))
    (refusal,) = push_next(story).refused
    assert (refusal.target_key, refusal.state) == (key_of(story, deal), "rejected")
    assert f"{deal}/1" not in story.invoices()
    assert key_of(story, deal) in letters(story)


def test_an_invoice_with_our_reference_that_a_person_wrote_meanwhile_is_neither_doubled_nor_changed(
    story: Firm,
) -> None:
    deal = next_deal(story)
    story.office.draft(contact_of(story, deal), f"{deal}/1", "99.00")
    by_hand = story.invoices()[f"{deal}/1"]
    (refusal,) = push_next(story).refused
    assert (refusal.target_key, refusal.state, refusal.error_class) == (key_of(story, deal), "drifted", "conflict")
    assert story.calls() == []
    assert story.invoices()[f"{deal}/1"] == by_hand


def test_an_answer_that_is_lost_is_asked_for_again_with_the_same_key(story: Firm) -> None:
    deal = next_deal(story)
    story.works.fault("xero", "drop_after", method="PUT", path="/Invoices")
    assert push_next(story).confirmed_count == 1
    assert story.calls() == ["PUT Invoices", "PUT Invoices"]
    assert history(story, deal) == ["intent", "unknown", "confirmed"]


def test_an_answer_that_is_lost_twice_is_looked_up(story: Firm) -> None:
    deal = next_deal(story)
    story.works.fault("xero", "drop_after", method="PUT", path="/Invoices", times=2)
    assert push_next(story).confirmed_count == 1
    assert history(story, deal)[-1] == "confirmed"
    assert f"{deal}/1" in story.invoices()


def test_a_server_error_after_the_invoice_was_stored_is_looked_up_and_not_sent_again(story: Firm) -> None:
    deal = next_deal(story)
    story.works.fault("xero", "server_error", method="PUT", path="/Invoices", argument={"commit": True})
    assert push_next(story).confirmed_count == 1
    assert story.calls() == ["PUT Invoices"]
    assert history(story, deal) == ["intent", "unknown", "confirmed"]


def test_a_server_error_before_the_invoice_was_stored_is_sent_again_by_the_next_push(story: Firm) -> None:
    deal = next_deal(story)
    story.works.fault("xero", "server_error", method="PUT", path="/Invoices", argument={"commit": False})
    (refusal,) = push_next(story).refused
    assert (refusal.target_key, refusal.error_class) == (key_of(story, deal), "transient")
    assert key_of(story, deal) in letters(story)
    assert push_next(story).confirmed_count == 1
    assert history(story, deal) == ["intent", "unknown", "rejected", "intent", "confirmed"]


def test_a_day_later_the_same_plan_is_not_sent_until_the_books_were_read_again(story: Firm) -> None:
    deal, instant = next_deal(story), story.works.running.clock.now()
    story.works.pass_time(days=1, minutes=1)
    story.works.running.log.clear()
    with pytest.raises(PlanHeld):
        story.works.push()
    assert story.works.running.log.as_list() == []
    assert history(story, deal) == []
    story.works.running.clock.set(instant)
    story.works.pass_time(hours=20)
    assert push_next(story).confirmed_count == 1
    assert story.invoices()[f"{deal}/1"]["DateString"][:10] == TODAY.isoformat()


def test_a_push_that_is_killed_after_xero_stored_its_invoices_leaves_them_once_and_the_next_one_finds_them(
    story: Firm,
) -> None:
    before = story.invoices().keys()
    story.works.fault("xero", "drop_after", method="PUT", path="/Invoices")
    story.works.fault("xero", "slow", method="PUT", path="/Invoices", after=1, argument={"seconds": 1.0})
    story.works.running.log.clear()
    with start(story.works, "push") as process:
        until(lambda: not story.works.running.faults.as_list(), process)  # the second call is under way
        process.kill()
        assert process.wait() == -signal.SIGKILL
    until(lambda: story.calls() == ["PUT Invoices", "PUT Invoices"])
    open_deals = [deal for deal in deals(story) if history(story, deal) == ["intent", "unknown"]]
    assert len(open_deals) == DEALS - 7
    assert story.invoices().keys() - before == {f"{deal}/1" for deal in open_deals}
    story.works.running.log.clear()
    assert story.works.push().recovered == (KindCount("invoice.create", "confirmed", len(open_deals)),)
    assert story.calls() == []
    assert {history(story, deal)[-1] for deal in open_deals} == {"confirmed"}


def until(holds: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def test_the_same_plan_pushed_again_costs_no_call(story: Firm) -> None:
    before = story.invoices()
    story.works.running.log.clear()
    report = story.works.push()
    assert KindCount("invoice.create", "not_sent:already_confirmed", DEALS - 2) in report.counts
    assert (report.confirmed_count, story.works.running.log.as_list()) == (0, [])
    assert story.invoices() == before


def test_of_two_pushes_at_once_one_is_refused_and_nothing_is_written_twice(story: Firm) -> None:
    account = story.one("Opportunity", Id=deals(story)[-1])["AccountId"]
    new = [story.sales.add_deal(account, f"Late {n}", close_on=TODAY, Amount=AMOUNT) for n in range(2)]
    for deal in new:
        story.sales.win(deal)
    story.sync()
    is_sending, may_go_on = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        is_sending.set()
        assert may_go_on.wait(120)

    story.works.running.log.clear()
    with ThreadPoolExecutor() as threads:
        first = threads.submit(story.works.push, progress=hold)
        try:
            assert is_sending.wait(120)
            with pytest.raises(WarehouseBusy, match="Another push is under way"):
                story.works.push()
        finally:
            may_go_on.set()
        report = first.result()
    assert KindCount("invoice.create", "confirmed", 2) in report.counts
    assert story.calls().count("PUT Invoices") == 1


def test_when_all_is_read_back_every_invoice_stands_on_its_deal_and_every_other_is_accounted_for(story: Firm) -> None:
    alone, by_hand, *others = deals(story)
    story.settle(with_contacts=True)
    invoices = story.invoices()
    assert f"{alone}/1" not in invoices
    for deal in others:
        invoice = invoices[f"{deal}/1"]
        assert (invoice["Status"], invoice["SubTotal"]) == ("DRAFT", AMOUNT)
        assert story.one("Opportunity", Id=deal)["Xero_Invoice_ID__c"] == invoice["InvoiceID"]
    rows = story.works.warehouse(
        "select subject_key, reason from plan.exclusions where subject_table = 'billing.schedule' order by 1"
    )
    assert rows == [
        {"subject_key": f"{alone}/1", "reason": "contact_archived"},
        {"subject_key": f"{by_hand}/1", "reason": "invoice_edited_in_xero"},
    ]
    assert letters(story).keys() == {key_of(story, alone)}
