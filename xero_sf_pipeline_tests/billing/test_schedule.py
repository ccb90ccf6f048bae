"""Which invoices a won deal should have, and why one is held."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xero_sf_pipeline.billing import derive, inputs_of
from xero_sf_pipeline.billing.facts import Contact, Deal, DealLine, Organisation
from xero_sf_pipeline.billing.schedule import schedule
from xero_sf_pipeline.policy import Policy
from xero_sf_pipeline_tests.billing.office import (
    ACCOUNT,
    CLOSED,
    DEAL,
    SECOND_DEAL,
    furnish,
    rules,
    sell,
    win,
)
from xero_sf_pipeline_tests.planning.core_tables import NOW, TENANT, Books

OTHER = "20000000-0000-4000-8000-000000000002"


def scheduled(books: Books, policy: Policy | None = None) -> list[dict[str, Any]]:
    derive(books.connection, policy or rules(), NOW)
    return books.rows("from billing.schedule order by sf_opportunity_id, period_number")


def held(books: Books, policy: Policy | None = None) -> str | None:
    (row,) = scheduled(books, policy)
    reason: str | None = row["hold_reason"]
    return reason


def lines(books: Books) -> list[dict[str, Any]]:
    return books.rows("from billing.schedule_lines order by period_number, line_number")


def test_a_deal_without_products_gives_one_line_and_every_number_is_told(books: Books) -> None:
    win(books, "1000.00")
    assert scheduled(books) == [
        {
            "sf_opportunity_id": DEAL,
            "tenant_id": TENANT,
            "period_number": 1,
            "revision": 1,
            "our_reference": f"{DEAL}/1",
            "reference": f"{DEAL}/1",
            "contact_key": f"{TENANT}:c-Acme",
            "needs_contact": False,
            "bill_on": CLOSED,
            "due_on": date(2026, 4, 15),
            "amount_share": Decimal("1000.0000"),
            "amount_net": Decimal("1000.0000"),
            "amount_tax": Decimal("200.0000"),
            "amount_total": Decimal("1200.0000"),
            "currency_code": "GBP",
            "currency_rate": None,
            "line_amount_types": "Exclusive",
            "invoice_status": "DRAFT",
            "rule": "one invoice",
            "hold_reason": None,
            "explanation": "Plan `one invoice`: invoice 1 of 1 (the whole), on 2026-03-10, dated the day on which it is "
            "made (billing.date); net 1,000.00 + tax 200.00 = 1,200.00 GBP, due by 30 days after the bill date (billing.payment_days), DRAFT. Billed by Northwind Ltd: "
            "the account has its contact there. Line 1: account 200 by rule `sales`, tax OUTPUT2 by rule `sales`.",
            "approvals_needed": 0,
            "needs_approval_because": None,
            "issue_on": date(2026, 3, 16),
            "planned_due_on": date(2026, 4, 9),
        }
    ]
    assert [(line["description"], line["quantity"], line["unit_amount"]) for line in lines(books)] == [
        ("Big deal", Decimal(1), Decimal(1000))
    ]


def test_product_lines_keep_quantity_price_discount_and_codes_by_the_most_specific_rule(books: Books) -> None:
    win(books, "1275.00", has_lines=True)
    sell(books, 1, "10", "100", product_code="SUPPORT", family="Services", discount_rate="2.5")
    sell(books, 2, "3", "100", product_code="LICENCE", family="Software", description="Licence for a year")
    policy = rules(
        lines=[
            {"name": "all", "account_code": "200", "tracking": {"Region": "North"}},
            {"name": "software in pounds", "when": {"families": ["software"], "currencies": ["GBP"]}, "account_code": "230"},
            {"name": "software", "when": {"families": ["Software"]}, "account_code": "210", "tax_type": "OUTPUT2"},
        ]
    )  # fmt: skip
    (invoice,) = scheduled(books, policy)
    assert (invoice["amount_net"], invoice["amount_tax"]) == (Decimal(1275), Decimal(60))
    shown = ("item_code", "description", "quantity", "unit_amount", "discount_rate", "account_code", "tax_type", "rule")
    north = "Region North by rule `all`"
    assert [tuple(line[name] for name in shown) for line in lines(books)] == [
        ("SUPPORT", "Product 1", 10, 100, Decimal("2.5"), "210", "ZERORATEDOUTPUT",
         f"account 210 by the item, tax ZERORATEDOUTPUT by the item, {north}"),
        ("LICENCE", "Licence for a year", 3, 100, None, "230", "OUTPUT2",
         f"account 230 by rule `software in pounds`, tax OUTPUT2 by rule `software`, {north}"),
    ]  # fmt: skip


def test_a_rule_without_conditions_stands_behind_what_the_item_and_the_contact_have_in_xero(books: Books) -> None:
    everything = {"name": "all", "account_code": "200", "tax_type": "OUTPUT2"}
    win(books, "200.00", has_lines=True)
    sell(books, 1, "1", "100", product_code="SUPPORT")
    sell(books, 2, "1", "100", product_code="LICENCE")
    scheduled(books, rules(lines=[everything]))
    assert [line["rule"] for line in lines(books)] == [
        "account 210 by the item, tax ZERORATEDOUTPUT by the item",
        "account 200 by rule `all`, tax OUTPUT2 by rule `all`",
    ]
    books.put(
        "raw_xero.contacts", tenant_id=TENANT, xero_contact_id="c-Acme", is_deleted=False, known_from=NOW,
        payload='{"SalesDefaultAccountCode": "230"}',
    )  # fmt: skip
    books.run("update core.contacts set sales_tax_type = 'OUTPUT2'")
    scheduled(books, rules(lines=[everything]))
    assert [line["rule"] for line in lines(books)] == [
        "account 210 by the item, tax OUTPUT2 by the contact",
        "account 230 by the contact, tax OUTPUT2 by the contact",
    ]
    wanted = {"account_code": "200", "tax_type": "ZERORATEDOUTPUT"}
    scheduled(
        books,
        rules(
            lines=[
                everything,
                {"name": "pounds", "when": {"currencies": ["GBP"]}} | wanted,
                {"name": "support", "when": {"currencies": ["GBP"], "products": ["SUPPORT"]}, "account_code": "230"},
            ]
        ),
    )
    assert [line["rule"] for line in lines(books)] == [
        "account 230 by rule `support`, tax ZERORATEDOUTPUT by rule `pounds`",
        "account 200 by rule `pounds`, tax ZERORATEDOUTPUT by rule `pounds`",
    ]


def test_a_line_whose_price_does_not_give_salesforces_total_is_one_unit_of_that_total(books: Books) -> None:
    win(books, "10.00", has_lines=True)
    sell(books, 1, "3", "3.33", amount_total=Decimal("10.00"))
    (invoice,) = scheduled(books)
    assert (invoice["hold_reason"], invoice["amount_net"]) == (None, Decimal(10))
    assert [(line["quantity"], line["unit_amount"]) for line in lines(books)] == [(1, 10)]


HOLDS: dict[str, tuple[Callable[[Books], object], dict[str, Any]]] = {
    "amount_not_positive": (lambda books: win(books, "0"), {}),
    "lines_differ_from_amount": (lambda books: (win(books, "99.98"), sell(books, 1, "1", "100")), {}),
    "account_missing": (lambda books: win(books, "10", sf_account_id=None), {}),
    "currency_unknown": (lambda books: win(books, "10", currency_code="USD"), {}),
    "item_unknown": (lambda books: (win(books, "10"), sell(books, 1, "1", "10", product_code="NEW")), {}),
    "ledger_account_missing": (lambda books: win(books, "10"), {"lines": []}),
    "ledger_account_unknown": (lambda books: win(books, "10"), {"lines": [{"name": "a", "account_code": "999"}]}),
    "ledger_account_archived": (lambda books: win(books, "10"), {"lines": [{"name": "a", "account_code": "220"}]}),
    "tax_type_missing": (lambda books: win(books, "10"), {"lines": [{"name": "a", "account_code": "230"}]}),
    "tax_type_unknown": (
        lambda books: win(books, "10"),
        {"lines": [{"name": "a", "account_code": "200", "tax_type": "OLD"}]},
    ),
    "tracking_unknown": (
        lambda books: win(books, "10"),
        {"lines": [{"name": "a", "account_code": "200", "tracking": {"Region": "South"}}]},
    ),
    "tracking_too_many": (
        lambda books: win(books, "10"),
        {
            "lines": [
                {"name": "a", "account_code": "200", "tracking": {"Region": "North", "Team": "Direct"}},
                {"name": "b", "tracking": {"Channel": "Web"}},
            ]
        },
    ),
    "period_locked": (
        lambda books: (win(books, "10"), books.run("update core.organisations set period_lock_on = '2026-03-10'")),
        {"date": "planned"},
    ),
    "contact_archived": (
        lambda books: (win(books, "10"), books.run("update core.contacts set contact_status = 'ARCHIVED'")),
        {},
    ),
    "match_in_review": (
        lambda books: (win(books, "10"), books.run("update matching.links set outcome = 'review'")),
        {},
    ),
    "contact_missing": (
        lambda books: (win(books, "10"), books.run("delete from matching.links")),
        {"create_contacts": False},
    ),
    "contact_name_taken": (
        lambda books: (
            win(books, "10"),
            books.run("delete from matching.links"),
            books.run("update core.accounts set account_name = ' ACME. '"),
        ),
        {},
    ),
    "several_contacts": (
        lambda books: (
            win(books, "10"),
            books.link(books.add_contact("Acme North"), "linked", ACCOUNT, is_primary=False),
        ),
        {"when_several_contacts": "hold"},
    ),
    "service_date_missing": (
        lambda books: win(books, "10"),
        {"plans": [{"name": "p", "kind": "single", "bill_from": "service_date"}]},
    ),
    "term_missing": (
        lambda books: win(books, "10", fields={"Term__c": "soon"}),
        {"plans": [{"name": "p", "kind": "monthly", "months_field": "Term__c"}]},
    ),
    "plan_missing": (
        lambda books: win(books, "10"),
        {"plans": [{"name": "p", "when": {"types": ["Renewal"]}}]},
    ),
    "milestones_do_not_add_up": (
        lambda books: win(books, "10", fields={"Start__c": "2026-03-01", "Start_Amount__c": "9"}),
        {
            "plans": [
                {
                    "name": "p",
                    "kind": "milestones",
                    "milestones": [{"name": "start", "date_field": "Start__c", "amount_field": "Start_Amount__c"}],
                }
            ]
        },
    ),
    "close_date_missing": (lambda books: win(books, "10", close_on=None), {}),
    "organisation_unknown": (
        lambda books: win(books, "10"),
        {"routing": [{"name": "all", "organisation": "Nobody Ltd"}]},
    ),
    "quote_invoiced": (
        lambda books: (
            win(books, "10"),
            books.put("quotes.billing_quote_links", sf_opportunity_id=DEAL, link_source="quote", outcome="review"),
        ),
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", HOLDS)
def test_what_xero_would_refuse_or_nobody_could_answer_for_is_held_with_its_reason(books: Books, reason: str) -> None:
    prepare, changes = HOLDS[reason]
    prepare(books)
    assert held(books, rules(**changes)) == reason


def test_a_lock_is_compared_with_the_date_that_the_invoice_gets(books: Books) -> None:
    win(books, "10")
    books.run("update core.organisations set period_lock_on = '2026-03-15'")
    assert held(books) is None
    books.run("update core.organisations set period_lock_on = '2026-03-16'")
    assert held(books) == "period_locked"


def test_an_invoice_is_never_dated_before_its_organisations_today_unless_the_policy_says_so(books: Books) -> None:
    books.run("update core.organisations set time_zone = 'Pacific/Auckland'")
    win(books, "10")
    win(books, "20", SECOND_DEAL, close_on=date(2026, 4, 1))
    policy, evening = rules(payment_days=10), NOW.replace(hour=12)

    def dates(policy: Policy) -> list[tuple[Any, ...]]:
        derive(books.connection, policy, evening)
        found = books.rows("from billing.schedule order by sf_opportunity_id")
        return [(row["bill_on"], row["issue_on"], row["due_on"]) for row in found]

    ahead = (date(2026, 4, 1), date(2026, 4, 1), date(2026, 4, 11))
    assert dates(policy) == [(CLOSED, date(2026, 3, 17), date(2026, 3, 27)), ahead]
    assert dates(rules(payment_days=10, date="planned")) == [(CLOSED, CLOSED, date(2026, 3, 20)), ahead]
    assert inputs_of(books.connection, policy, NOW) != inputs_of(books.connection, policy, evening)
    assert inputs_of(books.connection, policy, evening) == inputs_of(books.connection, policy, evening)


def by_hand(books: Books, number: str = "77", **changes: Any) -> str:
    """An invoice that somebody made in Xero for 1,000.00 and tax, naming no deal."""
    row = {"issued_on": date(2026, 2, 1), "amount_subtotal": Decimal(1000), "amount_tax": Decimal(200)} | changes
    contact = row.pop("contact_key", f"{TENANT}:c-Acme")
    return books.add_invoice(number, contact, "1200", date(2026, 5, 1), **row)


def test_a_deal_that_somebody_billed_by_hand_is_held_until_a_person_links_the_invoice_or_clears_it(
    books: Books,
) -> None:
    win(books, "1000.00")
    invoice = by_hand(books)
    (row,) = scheduled(books)
    assert (row["hold_reason"], row["amount_total"]) == ("maybe_billed_by_hand", Decimal(1200))
    assert row["explanation"].startswith(
        "Invoice 77 of 2026-02-01 to Acme (net 1,000.00, total 1,200.00 GBP) belongs to no deal and may bill this one "
        "already. If it does, put its id i-77 into Xero_Invoice_ID__c of the opportunity: a stored id counts as link. If "
        "it does not, name it in billing.not_by_hand. Plan `one invoice`"
    )
    assert [held(books, rules(not_by_hand=[name])) for name in ("77", "I-77", "78")] == [
        None, None, "maybe_billed_by_hand"
    ]  # fmt: skip
    assert [held(books, rules(by_hand_days=days)) for days in (0, 36, 37)] == [None, None, "maybe_billed_by_hand"]
    win(books, "1200.00", SECOND_DEAL, xero_invoice_id=invoice.split(":")[1], is_won=False)
    assert held(books) is None
    books.run("delete from core.opportunities where sf_opportunity_id = $id", {"id": SECOND_DEAL})
    books.run("update core.opportunities set xero_invoice_id = 'i-77'")
    assert held(books) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"invoice_status": "VOIDED"}, {"is_deleted": True}, {"invoice_type": "ACCPAY"}, {"currency_code": "EUR"},
        {"amount_subtotal": Decimal("1000.01")}, {"contact_key": f"{TENANT}:c-Other"}, {"reference": f"{SECOND_DEAL}/1"},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_an_invoice_that_is_not_alike_or_that_names_another_deal_holds_nothing(
    books: Books, changes: dict[str, Any]
) -> None:
    win(books, "1000.00")
    by_hand(books, **changes)
    assert held(books) is None


def test_an_invoice_by_hand_holds_the_instalment_of_its_amount_or_all_of_them_when_it_is_the_whole_deal(
    books: Books,
) -> None:
    win(books, "4000.00")
    halves = [{"percent": 25}, {"percent": 75, "days": 30}]
    policy = rules(plans=[{"name": "p", "kind": "percentages", "percentages": halves}])
    by_hand(books)
    assert [row["hold_reason"] for row in scheduled(books, policy)] == ["maybe_billed_by_hand", None]
    by_hand(books, "78", amount_subtotal=Decimal(4000))
    assert [row["hold_reason"] for row in scheduled(books, policy)] == ["maybe_billed_by_hand"] * 2
    books.add_invoice("79", f"{TENANT}:c-Acme", "1200", date(2026, 5, 1), reference=f"{DEAL}/1", invoice_status="DRAFT")
    assert [row["hold_reason"] for row in scheduled(books, policy)] == [None, "maybe_billed_by_hand"]


def test_off_means_that_nothing_is_scheduled(books: Books) -> None:
    win(books, "10")
    assert scheduled(books, Policy()) == []


def test_without_a_date_only_deals_closed_since_billing_was_switched_on_are_billed(books: Books) -> None:
    win(books, "10")
    win(books, "20", SECOND_DEAL, close_on=date(2026, 3, 16))
    policy = rules(from_close_date=None)
    assert [row["sf_opportunity_id"] for row in scheduled(books, policy)] == [SECOND_DEAL]
    derive(books.connection, policy, NOW.replace(month=9))
    assert books.value("select count(*) from billing.schedule") == 1


def test_only_deals_that_fulfil_the_conditions_are_billed(books: Books) -> None:
    win(books, "10", record_type="Partner")
    win(books, "2000", SECOND_DEAL, opportunity_type="New business", fields={"Paper__c": "Invoice"})
    only = {"types": ["new business"], "amount_from": 100, "fields": {"Paper__c": ["Invoice", "Card"]}}
    assert [row["sf_opportunity_id"] for row in scheduled(books, rules(only=only))] == [SECOND_DEAL]


def test_percentages_monthly_and_milestones_have_their_dates_and_add_up_to_the_deal(books: Books) -> None:
    win(books, "100.00", fields={"Go__c": "2026-05-04"})
    plans: list[tuple[dict[str, Any], list[tuple[date | None, str]]]] = [
        (
            {"kind": "percentages", "percentages": [{"percent": 33.3}, {"percent": 66.7, "days": 30}]},
            [(CLOSED, "33.30"), (date(2026, 4, 9), "66.70")],
        ),
        (
            {"kind": "monthly", "months": 3, "days": 21},
            [(date(2026, 3, 31), "33.34"), (date(2026, 4, 30), "33.33"), (date(2026, 5, 31), "33.33")],
        ),
        (
            {
                "kind": "milestones",
                "milestones": [
                    {"name": "live", "date_field": "Go__c", "percent": 60},
                    {"name": "end", "date_field": "End__c", "percent": 40},
                ],
            },
            [(date(2026, 5, 4), "60.00"), (None, "40.00")],
        ),
    ]
    for plan, expected in plans:
        found = scheduled(books, rules(plans=[{"name": "p"} | plan]))
        assert [(row["bill_on"], row["amount_share"]) for row in found] == [(on, Decimal(a)) for on, a in expected]


def test_an_instalment_keeps_the_quantity_when_a_price_gives_its_share_to_the_cent(books: Books) -> None:
    win(books, "1000.00", has_lines=True)
    sell(books, 1, "10", "100")
    scheduled(books, rules(plans=[{"name": "p", "kind": "monthly", "months": 3}]))
    assert [(line["quantity"], line["unit_amount"], line["description"]) for line in lines(books)] == [
        (Decimal(10), Decimal("33.334"), "Product 1 (month 1 of 3)"),
        (Decimal(10), Decimal("33.333"), "Product 1 (month 2 of 3)"),
        (Decimal(10), Decimal("33.333"), "Product 1 (month 3 of 3)"),
    ]


def test_terms_status_reference_rate_and_approval_come_from_the_rules(books: Books) -> None:
    win(books, "1000", currency_code="EUR", opportunity_type="Online", fields={"PO__c": "PO 7"})
    books.run("update core.contacts set sales_due_day = 20, sales_due_type = 'OFFOLLOWINGMONTH'")
    (row,) = scheduled(
        books,
        rules(
            authorise=[{"name": "online", "when": {"types": ["Online"]}}],
            reference="{key} {purchase_order}",
            purchase_order_field="PO__c",
            rates=[{"currency": "EUR", "rate": 1.15}],
            approval={"above": {"EUR": 500}, "four_eyes_above": {"EUR": 1000}},
            amounts="inclusive",
        ),
    )
    shown = ("due_on", "invoice_status", "reference", "currency_rate", "approvals_needed", "amount_net", "amount_total")
    assert tuple(row[name] for name in shown) == (
        date(2026, 4, 20), "AUTHORISED", f"{DEAL}/1 PO 7", Decimal("1.15"), 1, Decimal("833.33"), Decimal("1000")
    )  # fmt: skip
    assert row["needs_approval_because"] == (
        "A person must approve: the total is above 500.00 EUR (billing.approval.above)."
    )


def test_a_tolerated_difference_is_shown(books: Books) -> None:
    win(books, "99.98", has_lines=True)
    sell(books, 1, "1", "100")
    (row,) = scheduled(books, rules(tolerance={"GBP": "0.02"}))
    assert row["hold_reason"] is None
    assert "The lines differ from the opportunity's amount by 0.0200 GBP." in row["explanation"]


def test_the_organisation_comes_from_a_rule_else_from_the_accounts_primary_contact_and_is_never_guessed(
    books: Books,
) -> None:
    books.add_organisation(OTHER, "Pacific/Auckland", "Southwind Ltd")
    furnish(books, OTHER)
    win(books, "10")
    books.run("update core.accounts set country = 'New Zealand'")
    assert [row["tenant_id"] for row in scheduled(books)] == [TENANT]
    books.link(books.add_contact("Acme", tenant_id=OTHER), "linked", ACCOUNT, is_primary=False)
    assert [row["tenant_id"] for row in scheduled(books)] == [TENANT]
    routing = [{"name": "nz", "when": {"countries": ["new zealand"]}, "organisation": "Southwind Ltd"}]
    assert [row["tenant_id"] for row in scheduled(books, rules(routing=routing))] == [OTHER]
    books.run("update matching.links set is_primary = false")
    assert held(books) == "organisation_ambiguous"


def test_a_contact_that_was_made_for_the_account_is_its_contact_before_it_is_matched(books: Books) -> None:
    win(books, "10")
    books.run("delete from matching.links")
    books.run("update core.contacts set contact_number = $account", {"account": ACCOUNT})
    (row,) = scheduled(books)
    assert (row["hold_reason"], row["contact_key"]) == (None, f"{TENANT}:c-Acme")


def test_an_account_whose_only_contact_is_archived_is_held_until_a_person_says_that_it_is_another(books: Books) -> None:
    books.add_organisation(OTHER, "Pacific/Auckland", "Southwind Ltd")
    furnish(books, OTHER)
    account = books.add_account("001000000000008AAA", "Windrush School")
    contact = books.add_contact("WINDRUSH School.", tenant_id=OTHER, contact_status="ARCHIVED")
    books.link(contact, "ignore", method=None)
    win(books, "10", sf_account_id=account)
    policy = rules(default_organisation="Northwind Ltd")
    (row,) = scheduled(books, policy)
    assert (row["tenant_id"], row["hold_reason"], row["needs_contact"]) == (OTHER, "contact_archived", False)
    assert row["explanation"] == (
        "WINDRUSH School. of Southwind Ltd has the name or number of Windrush School and is archived in Xero. "
        "Restore it there, or reject the pair in `xero-sf matches`: then a contact is created."
    )
    books.put(
        "matching.decisions", decision_id="d1", contact_key=contact, sf_account_id=account, decision="rejected",
        decided_by="Kim", decided_at=NOW,
    )  # fmt: skip
    (row,) = scheduled(books, policy)
    assert (row["tenant_id"], row["hold_reason"], row["needs_contact"]) == (TENANT, None, True)


def test_an_archived_contact_that_was_merged_into_another_holds_nothing(books: Books) -> None:
    account = books.add_account("001000000000008AAA", "Windrush School")
    books.add_contact("Windrush School", contact_status="ARCHIVED", resolved_contact_key=f"{TENANT}:c-Acme")
    win(books, "10", sf_account_id=account)
    assert held(books) is None


def test_links_are_found_by_reference_by_id_and_through_the_quote_but_not_in_bills(books: Books) -> None:
    for number, deal in enumerate(("006000000000003AAA", "006000000000004AAA", "006000000000005AAA"), start=3):
        win(books, "10", deal, xero_invoice_id="i-stored" if number == 4 else None)
    contact = f"{TENANT}:c-Acme"
    due = date(2026, 4, 1)
    books.add_invoice("ours", contact, "10", due, reference="006000000000003AAA/2/r3 PO 9")
    books.add_invoice("bill", contact, "10", due, reference="006000000000003AAA/1", invoice_type="ACCPAY")
    books.add_invoice("stored", contact, "10", due)
    books.add_invoice("quoted", contact, "12", due, reference="QU-1")
    books.put(
        "quotes.billing_quote_links", sf_opportunity_id="006000000000005AAA", invoice_key=f"{TENANT}:i-quoted",
        link_source="quote", outcome="linked",
    )  # fmt: skip
    derive(books.connection, rules(), NOW)
    assert books.connection.execute(
        "select sf_opportunity_id, invoice_key, period_number, revision, link_source, is_ours "
        "from billing.invoice_links order by all"
    ).fetchall() == [
        ("006000000000003AAA", f"{TENANT}:i-ours", 2, 3, "reference", False),
        ("006000000000004AAA", f"{TENANT}:i-stored", 1, 1, "stored", False),
        ("006000000000005AAA", f"{TENANT}:i-quoted", 1, 1, "quote", False),
    ]


ORGANISATION = Organisation(
    TENANT, "Northwind Ltd", "GBP", None, None, None, None,
    currencies={"GBP"}, accounts={"200": ("ACTIVE", "OUTPUT2")}, tax_rates={"OUTPUT2": ("ACTIVE", Decimal("17.5"))},
    contacts={ACCOUNT: [Contact("k", "c", "Acme", True, True, None, None, None)]},
)  # fmt: skip
sold = st.lists(
    st.tuples(
        st.integers(1, 5_000).map(lambda number: Decimal(number) / 10),
        st.integers(0, 9_999_999).map(lambda number: Decimal(number) / 1000),
        st.sampled_from([None, Decimal("12.5"), Decimal("33.33")]),
    ),
    max_size=6,
)
plans = st.one_of(
    st.integers(1, 60).map(lambda months: {"kind": "monthly", "months": months}),
    st.lists(st.integers(1, 999), min_size=1, max_size=6).map(
        lambda cuts: {
            "kind": "percentages",
            "percentages": [
                {"percent": Decimal(high - low) / 10}
                for low, high in zip([0, *sorted(set(cuts))], [*sorted(set(cuts)), 1000], strict=True)
            ],
        }
    ),
    st.just({"kind": "single"}),
)


@settings(max_examples=150, deadline=None)
@given(sold, plans, st.sampled_from(["exclusive", "inclusive", "no_tax"]), st.integers(1, 100_000_000))
def test_the_invoices_of_any_plan_add_up_to_the_deal_to_the_cent(
    sold: list[tuple[Decimal, Decimal, Decimal | None]], plan: dict[str, Any], amounts: str, cents: int
) -> None:
    policy = rules(plans=[{"name": "p"} | plan], amounts=amounts)
    deal_lines = tuple(
        DealLine(number, None, None, None, f"Line {number}", None, quantity, price, None, discount, None)
        for number, (quantity, price, discount) in enumerate(sold, start=1)
    )
    amount = None if deal_lines else Decimal(cents) / 100
    deal = Deal(
        DEAL, "Deal", ACCOUNT, "Acme", False, (), CLOSED, amount, "GBP", None, None, {}, False, None, deal_lines
    )
    found = schedule(deal, {TENANT: ORGANISATION}, policy.billing)
    if found[0].hold_reason is not None:
        assert found[0].hold_reason == "amount_not_positive"
        return
    whole = schedule(deal, {TENANT: ORGANISATION}, rules(amounts=amounts).billing)
    shares = [invoice.amount_share or Decimal(0) for invoice in found]
    assert sum(shares) == whole[0].amount_share
    assert amount is None or sum(shares) == amount
    for invoice, share in zip(found, shares, strict=True):
        assert sum(line.amount_line for line in invoice.lines) == share
        net, tax = invoice.amount_net, invoice.amount_tax
        assert net is not None
        assert tax is not None
        assert invoice.amount_total == net + tax
