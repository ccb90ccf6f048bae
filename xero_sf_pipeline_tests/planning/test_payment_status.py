"""Payment facts reach Salesforce once, only what changed, and never as a fact that is too old."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from xero_sf_pipeline.policy import Policy, parse_policy
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books, money
from xero_sf_pipeline_tests.planning.desk import Desk

ACCOUNT = "001000000000001AAA"
OTHER_ACCOUNT = "001000000000002AAA"
OTHER_TENANT = "20000000-0000-4000-8000-000000000002"
OPPORTUNITY = "006000000000001AAA"
DUE = date(2026, 3, 10)
LATER = date(2026, 4, 10)
AS_OF = "2026-03-16T09:00:00Z"


def status_policy(**changes: Any) -> Policy:
    """Only payment status: no cases, so that every write of these tests is about it."""
    kinds = ("case.open", "case.update", "case.escalate", "case.close", "case.reopen")
    return parse_policy(
        {
            "payment_status": {"enabled": True, **changes.pop("payment_status", {})},
            "automation": dict.fromkeys(kinds, "off"),
            **changes,
        }
    )


def desk_of(books: Books, **changes: Any) -> Desk:
    return Desk(books, status_policy(**changes))


def writes(desk: Desk) -> list[tuple[str, str, str, dict[str, Any], dict[str, Any]]]:
    desk.plan()
    return [(w["kind"], w["target_key"], w["reason"], w["payload"], w["before"]) for w in desk.writes()]


def reasons(desk: Desk) -> list[tuple[str, str]]:
    rows = desk.books.rows(
        "select subject_key, reason from plan.exclusions where reason <> 'switched_off' order by all"
    )
    return [(row["subject_key"], row["reason"]) for row in rows]


def read_at(books: Books, tenant_id: str, hours_ago: int) -> None:
    books.run("delete from ops.extracts where tenant_id = $tenant", {"tenant": tenant_id})
    for entity in ("invoices", "contacts"):
        books.put("ops.extracts", extract_id=f"{tenant_id}/{entity}", source="xero", tenant_id=tenant_id,
                  entity=entity, mode="poll", finished_at=NOW - timedelta(hours=hours_ago))  # fmt: skip


def salesforce_was_read(books: Books) -> None:
    for entity in ("accounts", "cases"):
        books.put("ops.extracts", extract_id=f"sf/{entity}", source="salesforce", entity=entity, mode="poll",
                  finished_at=NOW)  # fmt: skip


def test_an_invoice_is_mirrored_whole_and_its_account_told() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    key = books.add_invoice("INV-1", contact, "120.00", DUE, due="70.00", amount_paid=money("50"),
                            amount_tax=money("20"), reference="PO\n7")  # fmt: skip
    books.add_payment("1", key, "50.00", date(2026, 3, 1))
    desk = desk_of(books)
    assert writes(desk) == [
        (
            "xero_invoice.upsert",
            key,
            "document_missing",
            {
                "Name": "INV-1",
                "Account__c": ACCOUNT,
                "Type__c": "Invoice",
                "Status__c": "Overdue",
                "Currency__c": "GBP",
                "Reference__c": "PO 7",
                "Issued_On__c": "2026-01-05",
                "Due_On__c": "2026-03-10",
                "Last_Payment_On__c": "2026-03-01",
                "Total__c": Decimal("120.00"),
                "Tax__c": Decimal("20.00"),
                "Due__c": Decimal("70.00"),
                "Paid__c": Decimal("50.00"),
                "Credited__c": Decimal("0.00"),
                "Last_Payment__c": Decimal("50.00"),
                "Organisation__c": "Northwind Ltd",
                "Xero_Link__c": "https://go.xero.com/app/!a1/invoicing/view/i-INV-1",
                "As_Of__c": AS_OF,
            },
            {},
        ),
        (
            "account.update",
            ACCOUNT,
            "payment_status_changed",
            {
                "Xero_Payment_Status__c": "Overdue",
                "Xero_Outstanding__c": Decimal("70.00"),
                "Xero_Overdue__c": Decimal("70.00"),
                "Xero_Unallocated_Credit__c": Decimal("0.00"),
                "Xero_Open_Invoices__c": 1,
                "Xero_Oldest_Due_Date__c": "2026-03-10",
                "Xero_As_Of__c": AS_OF,
            },
            {
                "Xero_Payment_Status__c": None,
                "Xero_Outstanding__c": None,
                "Xero_Overdue__c": None,
                "Xero_Unallocated_Credit__c": None,
                "Xero_Open_Invoices__c": None,
                "Xero_Oldest_Due_Date__c": None,
                "Xero_As_Of__c": None,
            },
        ),
    ]
    document, account = desk.writes()
    assert document["explanation"] == (
        "xero_invoice.upsert/document_missing: invoice INV-1 of Acme is not in Salesforce yet: 120.00 GBP, Overdue."
    )
    assert (document["amount"], account["amount"], account["target_id"]) == (None, None, ACCOUNT)


def test_only_what_changed_is_sent_and_the_next_plan_is_empty() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    key = books.add_invoice("INV-1", contact, "120.00", LATER)
    desk = desk_of(books)
    desk.plan()
    assert desk.push() == 2
    assert writes(desk) == []

    # Paid: two fields of the account's numbers and the document's status move, nothing else.
    books.add_payment("1", key, "120.00", date(2026, 3, 16))
    books.run(
        "update core.invoices set amount_due = 0, amount_paid = 120, invoice_status = 'PAID', fully_paid_on = '2026-03-16'"
    )
    desk.now += timedelta(hours=1)
    document, account = writes(desk)
    assert document[2:] == (
        "document_changed",
        {
            "Status__c": "Paid",
            "Fully_Paid_On__c": "2026-03-16",
            "Last_Payment_On__c": "2026-03-16",
            "Due__c": Decimal("0.00"),
            "Paid__c": Decimal("120.00"),
            "Last_Payment__c": Decimal("120.00"),
            "As_Of__c": "2026-03-16T10:00:00Z",
        },
        {
            "Status__c": "Awaiting payment",
            "Fully_Paid_On__c": None,
            "Last_Payment_On__c": None,
            "Due__c": Decimal("120.00"),
            "Paid__c": Decimal("0.00"),
            "Last_Payment__c": None,
            "As_Of__c": AS_OF,
        },
    )
    assert (account[2], account[3]) == (
        "payment_status_changed",
        {
            "Xero_Payment_Status__c": "Paid",
            "Xero_Outstanding__c": Decimal("0.00"),
            "Xero_Open_Invoices__c": 0,
            "Xero_Oldest_Due_Date__c": None,
            "Xero_Average_Days_Late__c": Decimal("-25.0"),
            "Xero_As_Of__c": "2026-03-16T10:00:00Z",
        },
    )
    desk.push()
    assert writes(desk) == []


def test_a_deleted_payment_and_a_void_flow_through_and_nothing_is_removed() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    key = books.add_invoice("INV-1", contact, "100.00", LATER, due="60", amount_paid=money("40"))
    books.add_payment("1", key, "40", date(2026, 3, 1))
    desk = desk_of(books)
    desk.plan()
    desk.push()

    books.run("update core.payments set payment_status = 'DELETED', is_deleted = true")
    books.run("update core.invoices set amount_due = 100, amount_paid = 0")
    (document, _) = writes(desk)
    assert {name: value for name, value in document[3].items() if name != "As_Of__c"} == {
        "Status__c": "Awaiting payment",
        "Last_Payment_On__c": None,
        "Due__c": Decimal("100.00"),
        "Paid__c": Decimal("0.00"),
        "Last_Payment__c": None,
    }
    desk.push()

    books.run("update core.invoices set invoice_status = 'VOIDED', amount_due = 0")
    (document, account) = writes(desk)
    assert (document[3]["Status__c"], document[3]["Due__c"]) == ("Voided", Decimal("0.00"))
    assert account[3]["Xero_Payment_Status__c"] == "No invoices"
    desk.push()
    assert writes(desk) == []


def test_an_as_of_instant_is_sent_alone_only_when_it_is_old() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("INV-1", contact, "100.00", LATER)
    desk = desk_of(books)
    desk.plan()
    desk.push()
    desk.now += timedelta(hours=24)
    assert writes(desk) == []
    desk.now += timedelta(hours=1)
    assert writes(desk) == [
        (
            "account.update",
            ACCOUNT,
            "as_of_outdated",
            {"Xero_As_Of__c": "2026-03-17T10:00:00Z"},
            {"Xero_As_Of__c": AS_OF},
        )
    ]
    desk.push()
    assert writes(desk) == []


def test_the_write_id_does_not_change_with_the_as_of_instant() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("INV-1", contact, "100.00", LATER)
    desk = desk_of(books)
    desk.plan()
    before = [write["write_id"] for write in desk.writes()]
    desk.now += timedelta(days=3)
    desk.plan()
    assert [write["write_id"] for write in desk.writes()] == before


def test_an_account_without_any_xero_history_is_left_alone_until_it_had_values() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_linked_contact("Nobody", OTHER_ACCOUNT)
    books.add_account("001000000000003AAA", "Never linked")
    books.add_invoice("INV-1", contact, "100.00", LATER)
    desk = desk_of(books)
    assert [row[1] for row in writes(desk)] == [f"{TENANT}:i-INV-1", ACCOUNT]
    desk.push()
    books.run("delete from core.invoices")
    account = next(row for row in writes(desk) if row[0] == "account.update")
    assert account[3] == {
        "Xero_Payment_Status__c": "No invoices",
        "Xero_Outstanding__c": Decimal("0.00"),
        "Xero_Open_Invoices__c": 0,
        "Xero_Oldest_Due_Date__c": None,
        "Xero_As_Of__c": AS_OF,
    }


def test_an_account_that_lost_its_contact_becomes_unknown_without_amounts() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("INV-1", contact, "100.00", LATER)
    desk = desk_of(books)
    desk.plan()
    desk.push()
    books.run("update matching.links set outcome = 'ignore', sf_account_id = null")
    (account,) = writes(desk)
    assert account[2:4] == (
        "account_unlinked",
        {
            "Xero_Payment_Status__c": "Unknown",
            "Xero_Outstanding__c": None,
            "Xero_Overdue__c": None,
            "Xero_Unallocated_Credit__c": None,
            "Xero_Open_Invoices__c": None,
            "Xero_Oldest_Due_Date__c": None,
        },
    )
    assert reasons(desk) == [(contact, "contact_ignored")]
    desk.push()
    assert writes(desk) == []


def two_organisations() -> Desk:
    """Acme of both organisations on one account, Solo of the second on another; all of it is in Salesforce."""
    books = Books()
    books.add_organisation(OTHER_TENANT, "Europe/London", "Southwind Ltd")
    acme = books.add_linked_contact("Acme", ACCOUNT)
    acme_too = books.add_contact("Acme NZ", tenant_id=OTHER_TENANT)
    books.link(acme_too, "linked", ACCOUNT, is_primary=False)
    books.put("core.xero_contacts", contact_key=acme_too, sf_xero_contact_id="a00X", sf_account_id=ACCOUNT,
              updated_at=NOW)  # fmt: skip
    solo = books.add_linked_contact("Solo", OTHER_ACCOUNT, tenant_id=OTHER_TENANT)
    books.add_invoice("INV-1", acme, "100.00", LATER)
    books.add_invoice("INV-2", acme_too, "10.00", LATER)
    books.add_invoice("INV-3", solo, "1.00", LATER)
    salesforce_was_read(books)
    for tenant in (TENANT, OTHER_TENANT):
        read_at(books, tenant, 1)
    desk = desk_of(books)
    desk.plan()
    desk.push()
    return desk


def test_facts_that_are_a_little_old_wait_and_facts_that_are_too_old_say_unknown_and_nothing_else() -> None:
    desk = two_organisations()
    read_at(desk.books, OTHER_TENANT, 30)
    desk.books.run("update core.invoices set amount_due = amount_due - 0.5, amount_paid = 0.5")
    assert [row[:2] for row in writes(desk)] == [("xero_invoice.upsert", f"{TENANT}:i-INV-1")]
    assert reasons(desk) == [
        (ACCOUNT, "source_stale"),
        (OTHER_ACCOUNT, "source_stale"),
        (f"{OTHER_TENANT}:i-INV-2", "source_stale"),
        (f"{OTHER_TENANT}:i-INV-3", "source_stale"),
    ]

    read_at(desk.books, OTHER_TENANT, 49)
    found = writes(desk)
    assert found[1:] == [
        ("xero_invoice.upsert", f"{OTHER_TENANT}:i-INV-2", "facts_stale", {"Status__c": "Unknown"},
         {"Status__c": "Awaiting payment"}),
        ("xero_invoice.upsert", f"{OTHER_TENANT}:i-INV-3", "facts_stale", {"Status__c": "Unknown"},
         {"Status__c": "Awaiting payment"}),
        ("account.update", ACCOUNT, "facts_stale", {"Xero_Payment_Status__c": "Unknown"},
         {"Xero_Payment_Status__c": "Outstanding"}),
        ("account.update", OTHER_ACCOUNT, "facts_stale", {"Xero_Payment_Status__c": "Unknown"},
         {"Xero_Payment_Status__c": "Outstanding"}),
    ]  # fmt: skip
    assert found[0][1:3] == (f"{TENANT}:i-INV-1", "document_changed")
    desk.push()
    assert writes(desk) == []

    # Read again: everything is told anew.
    read_at(desk.books, OTHER_TENANT, 0)
    told = {row[1]: row[3] for row in writes(desk)}
    assert told[OTHER_ACCOUNT] == {
        "Xero_Payment_Status__c": "Outstanding",
        "Xero_Outstanding__c": Decimal("0.50"),
        "Xero_As_Of__c": AS_OF,
    }
    desk.push()
    assert writes(desk) == []


def test_without_a_rate_the_amounts_are_not_told_and_the_account_is_listed() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("INV-1", contact, "100.00", LATER, currency_code="JPY")
    desk = desk_of(books)
    account = next(row for row in writes(desk) if row[0] == "account.update")
    assert account[3] == {
        "Xero_Payment_Status__c": "Outstanding",
        "Xero_Open_Invoices__c": 1,
        "Xero_Oldest_Due_Date__c": "2026-04-10",
        "Xero_As_Of__c": AS_OF,
    }
    assert reasons(desk) == [(ACCOUNT, "no_exchange_rate")]
    desk.push()
    assert writes(desk) == []


def test_a_deleted_account_gets_nothing_and_is_listed() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("INV-1", contact, "100.00", LATER)
    books.run("update core.accounts set is_deleted = true, master_sf_account_id = '001000000000009AAA'")
    desk = desk_of(books)
    assert writes(desk) == []
    assert reasons(desk) == [(ACCOUNT, "account_deleted"), (contact, "account_deleted")]


def test_documents_of_contacts_without_an_account_are_listed_once_per_contact() -> None:
    books = Books()
    contact = books.add_contact("Acme")
    books.link(contact, "review", reason="two accounts")
    for number in ("INV-1", "INV-2"):
        books.add_invoice(number, contact, "100.00", LATER)
    desk = desk_of(books)
    assert writes(desk) == []
    rows = books.rows("select subject_key, kind, reason, explanation from plan.exclusions")
    assert rows == [
        {
            "subject_key": contact,
            "kind": "xero_invoice.upsert",
            "reason": "match_in_review",
            "explanation": "2 documents of Acme are not mirrored: its match waits for a person. "
            "See `xero-sf matches list`.",
        }
    ]


def account_being_created(books: Books) -> str:
    """A customer without an account, one of whose documents stands on a contact that was merged into it."""
    contact = books.add_contact("Acme")
    merged = books.add_contact("Acme old", resolved_contact_key=contact, merged_to_xero_contact_id="c-Acme")
    books.link(contact, "create")
    books.add_invoice("INV-1", contact, "100.00", LATER)
    books.add_invoice("INV-2", merged, "50.00", LATER)
    return contact


def documents(desk: Desk) -> list[tuple[str, Any, Any, list[str]]]:
    return [
        (w["payload"]["Name"], w["payload"].get("Account__c"), w["payload"].get("Account__r"), w["depends_on"])
        for w in desk.writes()
        if w["kind"] == "xero_invoice.upsert"
    ]


def test_documents_of_an_account_that_is_being_created_name_it_by_the_contact_it_is_made_for() -> None:
    books = Books()
    contact = account_being_created(books)
    desk = desk_of(books)
    desk.plan()
    (creation,) = [w for w in desk.writes() if w["kind"] == "account.create"]
    assert (creation["target_key"], creation["source_id"]) == (contact.partition(":")[2], contact)
    account = {"Xero_Contact_ID__c": creation["target_key"]}
    assert documents(desk) == [
        ("INV-1", None, account, [creation["write_id"]]),
        ("INV-2", None, account, [creation["write_id"]]),
    ]
    assert reasons(desk) == []
    assert next(w["explanation"] for w in desk.writes() if w["kind"] == "xero_invoice.upsert") == (
        "xero_invoice.upsert/document_missing: invoice INV-1 of Acme is not in Salesforce yet: 100.00 GBP, "
        "Awaiting payment. It goes to the account that is being created."
    )
    desk.push()
    # What is left is what nobody could know before the account had an id: its own totals.
    assert [(kind, reason) for kind, _, reason, _, _ in writes(desk)] == [("account.update", "payment_status_changed")]
    desk.push()
    assert writes(desk) == []


def test_the_id_of_a_document_outlives_the_creation_of_its_account() -> None:
    books = Books()
    account_being_created(books)
    desk = desk_of(books)
    desk.plan()
    planned = {w["target_key"]: w["write_id"] for w in desk.writes() if w["kind"] == "xero_invoice.upsert"}
    (creation,) = [w for w in desk.writes() if w["kind"] == "account.create"]

    # The account was made and not read back yet: it is named by its key still, and nobody is waited for.
    desk.attempt(creation, "confirmed", remote_id=ACCOUNT)
    desk.plan()
    assert {w["target_key"]: w["write_id"] for w in desk.writes() if w["kind"] == "xero_invoice.upsert"} == planned
    assert [waits for *_, waits in documents(desk)] == [[], []]

    # It was read back: the id is sent, and the write is the one that was planned.
    books.add_account(ACCOUNT, "Acme", xero_contact_id=creation["target_key"])
    books.run("update matching.links set outcome = 'linked', sf_account_id = $id, is_primary = true", {"id": ACCOUNT})
    desk.plan()
    assert {w["target_key"]: w["write_id"] for w in desk.writes() if w["kind"] == "xero_invoice.upsert"} == planned
    assert documents(desk) == [("INV-1", ACCOUNT, None, []), ("INV-2", ACCOUNT, None, [])]

    # It went out before the account had been read back: not planned twice.
    for write in [w for w in desk.writes() if w["kind"] == "xero_invoice.upsert"]:
        desk.attempt(write, "confirmed", remote_id="a01000000000001AAA")
    assert [kind for kind, *_ in writes(desk)] == ["account.link", "account.update"]


def test_a_document_on_another_account_waits_until_its_own_has_an_id() -> None:
    books = Books()
    contact = account_being_created(books)
    books.add_account(OTHER_ACCOUNT, "Other")
    key = books.value("select invoice_key from core.invoices where invoice_number = 'INV-1'")
    books.put("core.xero_invoices", document_key=key, sf_xero_invoice_id="a01000000000001AAA",
              sf_account_id=OTHER_ACCOUNT, document_status="Paid", updated_at=NOW)  # fmt: skip
    desk = desk_of(books)
    desk.plan()
    assert [name for name, *_ in documents(desk)] == ["INV-2"]
    assert books.rows(
        "select subject_key, reason, explanation from plan.exclusions where kind = 'xero_invoice.upsert'"
    ) == [
        {
            "subject_key": contact,
            "reason": "awaiting_account",
            "explanation": "1 document of Acme is not updated: mirrored on another account, while its own is only "
            "being created.",
        }
    ]


def test_documents_of_an_account_that_nobody_will_create_are_listed_as_before() -> None:
    books = Books()
    contact = account_being_created(books)
    policy = {"automation": {"account.create": "off"}}
    desk = Desk(books, parse_policy({"payment_status": {"enabled": True}, **policy}))
    desk.plan()
    assert documents(desk) == []
    assert (contact, "unmatched") in reasons(desk)


def add_opportunity(books: Books, **changes: Any) -> None:
    books.put("core.opportunities", sf_opportunity_id=OPPORTUNITY, sf_account_id=ACCOUNT, opportunity_name="Deal",
              is_won=True, is_closed=True, updated_at=NOW, **changes)  # fmt: skip


def bill(books: Books, key: str, period: int = 1) -> None:
    books.put("billing.invoice_links", sf_opportunity_id=OPPORTUNITY, tenant_id=TENANT, invoice_key=key,
              period_number=period, revision=1, link_source="reference")  # fmt: skip


def test_an_opportunity_gets_the_totals_of_its_approved_invoices() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    add_opportunity(books)
    first = books.add_invoice("INV-1", contact, "100.00", LATER, due="30", amount_paid=money("60"),
                              amount_credited=money("10"))  # fmt: skip
    second = books.add_invoice("INV-2", contact, "117.00", LATER, currency_code="EUR", currency_rate=Decimal("1.17"))
    draft = books.add_invoice("INV-3", contact, "55.00", LATER, invoice_status="DRAFT")
    desk = desk_of(books)
    assert "opportunity.update" not in [row[0] for row in writes(desk)]

    for period, key in enumerate((first, second, draft), start=1):
        bill(books, key, period)
    desk.plan()
    desk.push()
    (row,) = books.rows("select amount_billed, amount_paid, amount_invoice_due, invoice_count from core.opportunities")
    assert row == {
        "amount_billed": money("200"),
        "amount_paid": money("60"),
        "amount_invoice_due": money("130"),
        "invoice_count": 2,
    }
    assert {r["sf_opportunity_id"] for r in books.rows("from core.xero_invoices")} == {OPPORTUNITY}
    assert writes(desk) == []


def test_totals_that_need_a_missing_rate_are_not_told() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    add_opportunity(books, currency_code="CHF")
    bill(books, books.add_invoice("INV-1", contact, "100.00", LATER))
    desk = desk_of(books)
    assert "opportunity.update" not in [row[0] for row in writes(desk)]
    assert (OPPORTUNITY, "no_exchange_rate") in reasons(desk)


def test_a_long_number_is_cut_as_salesforce_holds_it_and_does_not_come_back() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_invoice("N" * 100, contact, "100.00", LATER, reference="R\u00a0S " + "T" * 300)
    desk = desk_of(books)
    document = writes(desk)[0]
    assert (document[3]["Name"], len(document[3]["Reference__c"])) == ("N" * 79 + "…", 255)
    desk.push()
    assert writes(desk) == []


def test_a_flow_that_is_switched_off_plans_and_lists_nothing() -> None:
    books = Books()
    contact = books.add_linked_contact("Acme", ACCOUNT)
    books.add_contact("Unmatched")
    books.add_invoice("INV-1", contact, "100.00", LATER)
    desk = desk_of(books, payment_status={"enabled": False})
    assert (writes(desk), reasons(desk)) == ([], [])
    some = desk_of(books, payment_status={"invoices": False, "opportunities": False})
    assert [row[0] for row in writes(some)] == ["account.update"]
