"""What is deleted, merged, archived or vanished in the source is known to be; what appears is never taken for deleted."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from xero_sf_pipeline_tests.extraction.mirror import Mirror


@pytest.fixture
def org(mirror: Mirror) -> Any:
    return mirror.running.sandbox.salesforce


def later(mirror: Mirror) -> None:
    mirror.running.clock.advance(timedelta(seconds=1))


def some_invoice(mirror: Mirror, status: str) -> str:
    found = mirror.running.sandbox.xero.store.select(mirror.tenant_id, "Invoices", "d.status = ?", [status])
    return str(found[0]["InvoiceID"])


def account_row(mirror: Mirror, identity: str) -> Any:
    (row,) = mirror.values(
        """select is_deleted, master_sf_account_id from raw_salesforce.accounts_current
        where sf_account_id = $identity""",
        identity=identity,
    )
    return row


@pytest.mark.parametrize(("status", "is_deleted"), [("VOIDED", False), ("DELETED", True)])
def test_a_voided_or_deleted_invoice_is_read_with_its_status(mirror: Mirror, status: str, is_deleted: bool) -> None:
    mirror.poll("invoices")
    identity = some_invoice(mirror, "AUTHORISED")
    later(mirror)
    mirror.mutate("patch", kind="Invoices", id=identity, fields={"Status": status, "AmountDue": 0}, bump=True)
    mirror.poll("invoices")
    assert mirror.values(
        "select invoice_status, is_deleted from raw_xero.invoices_current where xero_invoice_id = $identity",
        identity=identity,
    ) == [(status, is_deleted)]


def test_a_deleted_payment_is_read_as_deleted(mirror: Mirror) -> None:
    invoice = some_invoice(mirror, "AUTHORISED")
    payment = mirror.mutate("pay", invoice_id=invoice)["PaymentID"]
    mirror.poll("payments")
    later(mirror)
    mirror.mutate("delete_payment", id=payment)
    mirror.poll("payments")
    versions = mirror.values(
        """select payment_status, is_deleted, known_to is null from raw_xero.payments
        where xero_payment_id = $payment order by known_from""",
        payment=payment,
    )
    assert versions == [("AUTHORISED", False, False), ("DELETED", True, True)]


def test_an_archived_and_a_merged_contact_stay_with_their_status(mirror: Mirror) -> None:
    contacts = mirror.running.sandbox.xero.store.select(mirror.tenant_id, "Contacts", "d.status = 'ACTIVE'")
    archived, loser, winner = (str(contact["ContactID"]) for contact in contacts[:3])
    mirror.poll("contacts")
    later(mirror)
    mirror.mutate("archive_contact", id=archived)
    mirror.mutate("merge_contacts", loser=loser, winner=winner)
    mirror.poll("contacts")
    rows = mirror.values(
        """select xero_contact_id, contact_status, merged_to_xero_contact_id, is_deleted from raw_xero.contacts_current
        where xero_contact_id in ($archived, $loser) order by xero_contact_id""",
        archived=archived,
        loser=loser,
    )
    assert rows == sorted([(archived, "ARCHIVED", None, False), (loser, "ARCHIVED", winner, False)])
    later(mirror)
    assert mirror.sweep("contacts").counts.deleted == 0


def test_a_vanished_invoice_is_found_by_the_sweep_only_and_comes_back_when_it_is_there_again(mirror: Mirror) -> None:
    mirror.poll("invoices")
    identity = some_invoice(mirror, "AUTHORISED")
    document = mirror.running.sandbox.xero.store.get(mirror.tenant_id, "Invoices", identity)
    later(mirror)
    mirror.mutate("delete", kind="Invoices", id=identity)
    mirror.poll("invoices")
    assert identity in mirror.mirrored()
    later(mirror)
    assert mirror.sweep("invoices").counts.deleted == 1
    assert identity not in mirror.mirrored()
    later(mirror)
    assert mirror.sweep("invoices").counts.deleted == 0
    mirror.mutate("insert", kind="Invoices", document=document)
    later(mirror)
    assert mirror.sweep("invoices").counts.new_versions == 1
    assert mirror.mirrored() == mirror.served()
    assert mirror.values(
        "select is_deleted from raw_xero.invoices where xero_invoice_id = $identity order by known_from",
        identity=identity,
    ) == [False, True, False]


def test_a_sweep_finds_a_change_that_bumps_no_stamp(mirror: Mirror) -> None:
    mirror.poll("invoices")
    identity = some_invoice(mirror, "AUTHORISED")
    later(mirror)
    mirror.mutate("patch", kind="Invoices", id=identity, fields={"Reference": "quiet"})
    assert mirror.poll("invoices").counts.new_versions == 0
    later(mirror)
    assert mirror.sweep("invoices").counts.new_versions == 1


def test_a_sweep_never_deletes_what_appears_during_its_walk_and_is_polled_meanwhile(mirror: Mirror) -> None:
    """The newcomer's page has been read when it appears; a poll stores it before the sweep does."""
    mirror.poll("invoices")
    later(mirror)
    model = mirror.running.sandbox.xero.store.get(mirror.tenant_id, "Invoices", some_invoice(mirror, "AUTHORISED"))
    assert model is not None
    newcomer = "0" + str(uuid.uuid4())[1:]

    def appear(page: int) -> None:
        if page == 2:
            mirror.between = None
            later(mirror)
            document = model | {"InvoiceID": newcomer, "InvoiceNumber": newcomer}
            mirror.mutate("insert", kind="Invoices", document=document, bump=True)
            later(mirror)
            assert mirror.poll("invoices").counts.new_versions == 1

    mirror.between = appear
    report = mirror.sweep("invoices")
    assert report.counts.deleted == 0
    assert mirror.mirrored() == mirror.served()


def test_a_deleted_account_is_flagged_and_an_undeleted_one_lives_again(mirror: Mirror, org: Any) -> None:
    identity = org.insert("Account", {"Name": "Comes and goes"})
    mirror.poll("salesforce.accounts")
    later(mirror)
    org.delete("Account", identity)
    mirror.poll("salesforce.accounts")
    assert account_row(mirror, identity) == (True, None)
    later(mirror)
    org.undelete("Account", identity)
    mirror.poll("salesforce.accounts")
    assert account_row(mirror, identity) == (False, None)


def test_the_loser_of_a_merge_names_its_master(mirror: Mirror, org: Any) -> None:
    master, loser = (org.insert("Account", {"Name": name}) for name in ("Master", "Loser"))
    mirror.poll("salesforce.accounts")
    later(mirror)
    org.merge_accounts(master, [loser])
    mirror.poll("salesforce.accounts")
    assert account_row(mirror, loser) == (True, master)
    assert account_row(mirror, master) == (False, None)


def test_an_account_removed_without_a_trace_is_found_by_the_sweep(mirror: Mirror, org: Any) -> None:
    identity = org.insert("Account", {"Name": "Gone for good"})
    mirror.poll("salesforce.accounts")
    later(mirror)
    org.delete("Account", identity, hard=True)
    assert mirror.poll("salesforce.accounts").counts.deleted == 0
    later(mirror)
    assert mirror.sweep("salesforce.accounts").counts.deleted == 1
    assert account_row(mirror, identity) == (True, None)


def test_an_account_that_appears_during_a_sweep_is_not_taken_for_deleted(mirror: Mirror, org: Any) -> None:
    mirror.poll("salesforce.accounts")
    later(mirror)
    made: list[str] = []

    def appear(_: int) -> None:
        mirror.between = None
        later(mirror)
        made.append(org.insert("Account", {"Name": "Newcomer"}))
        assert mirror.poll("salesforce.accounts").counts.new_versions == 1

    mirror.between = appear
    assert mirror.sweep("salesforce.accounts").counts.deleted == 0
    assert account_row(mirror, made[0]) == (False, None)


def test_an_account_changed_in_the_second_of_the_cursor_is_read_by_the_next_poll(mirror: Mirror, org: Any) -> None:
    first = org.insert("Account", {"Name": "First"})
    mirror.poll("salesforce.accounts")
    second = org.insert("Account", {"Name": "Second"})
    org.update("Account", first, {"Phone": "1"})
    assert mirror.poll("salesforce.accounts").counts.new_versions == 2
    assert account_row(mirror, second) == (False, None)


def test_a_long_walk_leaves_the_cursor_before_its_start(mirror: Mirror, org: Any) -> None:
    """An hour between the query and its end: what changed early in it was read old, what changed late new."""
    early = org.insert("Account", {"Name": "Early"})
    pages: list[int] = []

    def slow(number: int) -> None:
        pages.append(number)
        mirror.running.clock.advance(timedelta(hours=1))

    mirror.between = slow
    mirror.poll("salesforce.accounts")
    mirror.between = None
    cursor = mirror.cursor("accounts")
    assert cursor is not None
    assert cursor <= mirror.running.clock.now() - timedelta(hours=len(pages))
    org.update("Account", early, {"Phone": "1"})
    assert mirror.poll("salesforce.accounts").counts.new_versions == 1
