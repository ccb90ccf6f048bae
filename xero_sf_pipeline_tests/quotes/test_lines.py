"""Lines of quotes as product lines: all or none, once, and never over a person's work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline_tests.quotes.sales import BOOK, OTHER_BOOK, TENANT, Sales, money, rules

Plan = list[tuple[str, str, dict[str, Any], dict[str, Any]]]


def shop(**quotes: Any) -> Sales:
    """An org that sells DESK and CHAIR."""
    sales = Sales(rules(lines="matched", **quotes))
    sales.product("DESK")
    sales.product("chair ")
    return sales


def sold(*lines: tuple[str | None, str, str]) -> tuple[Sales, str]:
    """A quote whose opportunity and lines are made."""
    sales = shop()
    key = sales.quote()
    sales.lines(key, *(lines or (("DESK", "2", "60.00"), ("CHAIR", "4", "40.00"))))
    sales.plan()
    sales.push()
    assert sales.planned() == []
    assert sales.exclusions() == []
    return sales, key


def short(plan: Plan) -> list[tuple[str, str, dict[str, Any]]]:
    """Kind, key without the tenant, payload."""
    return [(kind, key.partition(":")[2] or key, payload) for kind, key, payload, _ in plan]


def told(sales: Sales) -> str:
    (row,) = sales.books.rows("from plan.exclusions")
    return str(row["explanation"])


def test_a_new_opportunity_comes_with_the_lines_of_its_quote_in_one_plan() -> None:
    sales = shop()
    key = sales.quote()
    sales.lines(key, ("DESK", "2", "60.00"), ("CHAIR", "1.5", "40.00"))
    deal, *lines = sales.plan()
    assert (deal["kind"], deal["payload"]["Pricebook2Id"], deal["payload"]["Amount"]) == ("opportunity.create", BOOK, Decimal("100.00"))  # fmt: skip
    assert [
        (line["kind"], line["target_object"], line["target_key_field"], line["target_key"], line["target_id"], line["payload"],
         line["before"], line["depends_on"], line["amount"], line["reason"])
        for line in lines
    ] == [
        (
            "opportunity_line.upsert", "OpportunityLineItem", "Xero_Line_Key__c", f"{key}:{code}:1", None,
            {
                "Opportunity": {"Xero_Quote_ID__c": key}, "PricebookEntryId": entry, "Quantity": quantity,
                "TotalPrice": amount, "Description": f"{code} as agreed",
            },
            {}, [deal["write_id"]], None, "quote_line_missing",
        )
        for code, entry, quantity, amount in (
            ("CHAIR", "01u000000000002AAA", Decimal("1.50"), Decimal("40.00")),
            ("DESK", "01u000000000001AAA", Decimal("2.00"), Decimal("60.00")),
        )
    ]  # fmt: skip
    sales.push()
    assert sorted(sales.shown_lines()) == [
        ("q-3:CHAIR:1", Decimal("1.50"), Decimal("40.00")), ("q-3:DESK:1", Decimal("2.00"), Decimal("60.00")),
    ]  # fmt: skip
    assert sales.planned() == []
    assert sales.exclusions() == []


def test_a_price_book_is_named_by_its_id() -> None:
    with pytest.raises(ConfigError, match="is not the id of a price book"):
        rules(lines="matched", pricebook_id="Standard Price Book")


def test_lines_are_off_until_the_policy_says_otherwise() -> None:
    sales = Sales()
    sales.product("DESK")
    key = sales.quote()
    sales.lines(key, ("DESK", "2", "100.00"))
    ((kind, _, payload, _),) = sales.planned()
    assert (kind, "Pricebook2Id" in payload) == ("opportunity.create", False)


@pytest.mark.parametrize(
    ("lines", "spoil", "words"),
    [
        ((("DESK", "1", "60.00"), (None, "1", "40.00")), None, "line 2 (None as agreed) has no item"),
        ((("LAMP", "1", "60.00"), ("DESK", "1", "40.00")), None, "line 1 (LAMP) is no active product"),
        ((("DESK", "0.3333", "60.00"),), None, "line 1 (DESK) has a quantity of more than two decimals"),
        ((("DESK", "-1", "-60.00"),), None, "line 1 (DESK) has no positive quantity"),
        ((("DESK", "1", "60.00"),), "update core.products set is_active = false", "line 1 (DESK) is no active product"),
        ((("DESK", "1", "60.00"),), "update core.prices set is_active = false", "no active price in the price book"),
        ((("DESK", "1", "60.00"),), "update core.prices set currency_code = 'GBP'", "no active price in the price book"),
        ((("DESK", "1", "60.00"),), "update core.products set product_code = 'desk'", "the code of several active"),
        ((("DESK", "1", "60.00"),), "update raw_salesforce.pricebooks set is_active = false", "no active price book"),
        ((("DESK", "1", "60.00"),), "update core.quotes set amount_subtotal = 61", "come to 60.00, its amount is 61.00"),
        ((), "update core.quotes set amount_subtotal = 61", "come to 0.00, its amount is 61.00"),
    ],
)  # fmt: skip
def test_one_line_that_does_not_fit_leaves_the_amount_alone_to_be_carried_over(
    lines: tuple[tuple[str | None, str, str], ...], spoil: str | None, words: str
) -> None:
    sales = shop()
    key = sales.quote()
    sales.lines(key, *lines)
    if spoil:
        sales.books.run(spoil)
    ((kind, _, payload, _),) = sales.planned()
    assert (kind, "Pricebook2Id" in payload) == ("opportunity.create", False)
    assert sales.exclusions() == [("q-3", "quote_line_unmatched")]
    assert words in told(sales)
    assert "the amount alone is carried over" in told(sales)


def test_the_names_of_many_lines_that_do_not_fit_are_counted() -> None:
    sales = shop()
    key = sales.quote()
    sales.lines(key, *((f"LAMP-{n}", "1", "1.00") for n in range(40)))
    sales.plan()
    assert "; and 35 more; the amount" in told(sales)


def test_lines_without_an_amount_are_words_and_need_no_product() -> None:
    sales = shop()
    key = sales.quote()
    sales.lines(key, ("DESK", "2", "60.00"), (None, "0", "0.00"), ("GIFT", "1", "0.00"))
    assert [name for name, _, _ in short(sales.planned())] == ["opportunity.create", "opportunity_line.upsert"]
    assert sales.exclusions() == []


@pytest.mark.parametrize(
    ("kind", "taxed", "amount", "total"),
    [
        ("EXCLUSIVE", "subtotal", "100.00", "100.00"), ("INCLUSIVE", "subtotal", "120.00", "100.00"),
        ("NOTAX", "subtotal", "100.00", "100.00"), ("INCLUSIVE", "total", "120.00", "120.00"),
        ("EXCLUSIVE", "total", "100.00", "120.00"),
    ],
)  # fmt: skip
def test_a_line_counts_without_or_with_its_tax_as_the_amount_does(
    kind: str, taxed: str, amount: str, total: str
) -> None:
    sales = shop(amount=taxed)
    key = sales.quote(line_amount_types=kind)
    tax = "0.00" if kind == "NOTAX" else "20.00"
    sales.lines(key, ("DESK", "3", amount), amount_tax=money(tax))
    sales.change_quote(key, amount_subtotal=money("100.00"), amount_total=money("120.00"))
    _, (_, _, line, _) = sales.planned()
    assert line["TotalPrice"] == Decimal(total)
    assert sales.exclusions() == []


def test_one_product_twice_gives_two_lines_that_keep_apart() -> None:
    sales, key = sold(("DESK", "2", "60.00"), ("desk", "1", "40.00"))
    assert sorted(name for name, _, _ in sales.shown_lines() if name) == ["q-3:DESK:1", "q-3:desk:2"]
    sales.lines(key, ("DESK", "2", "60.00"), ("DESK", "1", "45.00"))
    assert [(name, payload["TotalPrice"]) for _, name, payload in short(sales.planned())] == [
        ("q-3:desk:2", Decimal("45.00"))
    ]
    sales.push()
    assert sales.planned() == []


def test_lines_follow_the_quote_and_one_that_left_it_counts_nothing() -> None:
    sales, key = sold()
    lamp = sales.product("LAMP")
    sales.lines(key, ("LAMP", "1", "5.00"), ("DESK", "3", "90.00"))
    assert sales.planned() == [
        (
            "opportunity_line.upsert", f"{key}:CHAIR:1", {"Quantity": Decimal("4.00"), "TotalPrice": Decimal("0.00")},
            {"Quantity": Decimal("4.00"), "TotalPrice": Decimal("40.00")},
        ),
        (
            "opportunity_line.upsert", f"{key}:DESK:1", {"Quantity": Decimal("3.00"), "TotalPrice": Decimal("90.00")},
            {"Quantity": Decimal("2.00"), "TotalPrice": Decimal("60.00")},
        ),
        (
            "opportunity_line.upsert", f"{key}:LAMP:1",
            {
                "Opportunity": {"Xero_Quote_ID__c": key}, "PricebookEntryId": lamp,
                "Quantity": Decimal("1.00"), "TotalPrice": Decimal("5.00"), "Description": "LAMP as agreed",
            },
            {},
        ),
    ]  # fmt: skip
    assert {row["reason"] for row in sales.plan()} == {"quote_line_gone", "quote_line_changed", "quote_line_missing"}
    sales.push()
    assert sales.planned() == []
    assert sales.books.value("select amount from core.opportunities") == money("95.00")
    sales.lines(key, ("CHAIR", "1", "10.00"))  # and back again
    sales.plan()
    sales.push()
    assert sales.planned() == []
    assert sales.exclusions() == []
    assert sales.books.value("select amount from core.opportunities") == money("10.00")


def test_an_order_of_lines_or_new_line_ids_change_nothing() -> None:
    sales, key = sold()
    sales.lines(key, ("CHAIR", "4", "40.00"), ("DESK", "2", "60.00"), xero_line_item_id="new")
    assert sales.planned() == []


def test_an_opportunity_without_lines_gets_them_and_keeps_its_amount() -> None:
    sales = shop()
    key = sales.quote()
    sales.opportunity(key)
    sales.lines(key, ("DESK", "2", "100.00"))
    ((kind, _, _, _),) = sales.planned()
    assert kind == "opportunity_line.upsert"
    assert sales.books.rows("select amount, currency_code, depends_on from candidate_writes") == [
        {"amount": money("100.00"), "currency_code": "GBP", "depends_on": []}
    ]
    sales.push()
    assert sales.planned() == []


def test_the_opportunitys_own_price_book_decides_and_else_the_policys() -> None:
    sales = Sales(rules(lines="matched", pricebook_id=OTHER_BOOK[:15]))
    standard, other = sales.product("DESK"), sales.product("LAMP", book=OTHER_BOOK)
    first, second = sales.quote("QU-1"), sales.quote("QU-2")
    sales.lines(first, ("LAMP", "1", "10.00"))
    sales.lines(second, ("DESK", "1", "10.00"))
    sales.opportunity(second, sf_pricebook_id=BOOK, amount=money("10.00"))
    deal, *lines = sales.planned()
    assert deal[2]["Pricebook2Id"] == OTHER_BOOK
    assert sorted(line[2]["PricebookEntryId"] for line in lines) == [standard, other]
    assert sales.exclusions() == []


def test_a_price_is_of_the_quotes_currency_in_an_org_with_several() -> None:
    sales = Sales(rules(lines="matched"))
    for code in ("GBP", "USD"):
        sales.books.put("core.currency_types", currency_code=code, conversion_rate=1, is_corporate=code == "GBP", is_active=True)  # fmt: skip
    sales.product("DESK", currency="GBP")
    dollars = sales.product("LAMP", currency="USD")
    for number, code in (("QU-1", "LAMP"), ("QU-2", "DESK")):
        sales.lines(sales.quote(number, currency_code="USD"), (code, "1", "10.00"))
    assert [line[2]["PricebookEntryId"] for line in sales.planned() if "PricebookEntryId" in line[2]] == [dollars]
    assert sales.exclusions() == [("q-4", "quote_line_unmatched")]


def test_a_line_that_a_person_changed_is_left_and_told_while_the_others_follow() -> None:
    sales, key = sold()
    sales.change_line("q-3:DESK:1", amount_total=money("55.00"))
    assert sales.planned() == []
    assert sales.exclusions() == [("q-3", "quote_line_edited")]
    assert "2 DESK for 55.00 where the quote has 2 DESK for 60.00" in told(sales)
    sales.lines(key, ("DESK", "2", "60.00"), ("CHAIR", "5", "50.00"))
    assert [(name, payload["TotalPrice"]) for _, name, payload in short(sales.planned())] == [
        ("q-3:CHAIR:1", Decimal("50.00"))
    ]
    sales.change_line("q-3:DESK:1", amount_total=money("60.00"))
    sales.push()
    assert sales.planned() == []
    assert sales.exclusions() == []


def test_a_persons_words_on_a_line_stay_and_ours_follow() -> None:
    sales, _key = sold()
    sales.change_line("q-3:DESK:1", description="Oak, as in the showroom")
    sales.books.run("update core.quote_lines set description = 'Better words\nof ours'")
    assert [(name, payload["Description"]) for _, name, payload in short(sales.planned())] == [
        ("q-3:CHAIR:1", "Better words of ours")
    ]
    sales.push()
    assert sales.planned() == []


def test_a_line_that_a_person_took_away_is_not_made_again() -> None:
    sales, _key = sold()
    sales.books.run("delete from core.opportunity_lines where xero_line_key like '%CHAIR%'")
    sales.roll_up()
    assert sales.planned() == []
    assert sales.exclusions() == [("q-3", "awaiting_read_back")]
    sales.now += timedelta(days=2)
    assert sales.planned() == []
    assert sales.exclusions() == [("q-3", "quote_line_edited")]
    sales.books.run("delete from core.opportunity_lines")
    sales.books.run("update core.opportunities set has_lines = false, amount = 60")
    assert [payload for _, _, payload in short(sales.planned())] == [{"Amount": Decimal("100.00")}]
    assert sales.exclusions() == [("q-3", "quote_line_edited")]


def test_lines_that_are_not_read_back_yet_are_waited_for() -> None:
    sales, key = sold()
    sales.books.run("delete from core.opportunity_lines")
    sales.change_quote(key, amount_subtotal=money("150.00"))
    sales.books.run("update core.quote_lines set amount_line = amount_line * 1.5")
    assert sales.planned() == []
    assert sales.exclusions() == [("q-3", "awaiting_read_back")]


def test_an_opportunity_to_which_a_person_added_a_line_is_left_with_all_its_lines() -> None:
    sales, key = sold()
    sales.hand_line(sales.books.value("select sf_opportunity_id from core.opportunities"), "7.00")
    sales.lines(key, ("DESK", "3", "90.00"), ("CHAIR", "4", "40.00"))
    assert sales.planned() == []
    assert sales.exclusions() == [("q-3", "amount_from_lines")]


def test_an_amount_that_is_not_the_sum_of_the_right_lines_is_told() -> None:
    sales, _ = sold()
    sales.books.run("update core.opportunities set amount = 90")
    assert sales.planned() == []
    assert sales.exclusions() == [("q-3", "amount_from_lines")]


def test_lines_that_no_longer_fit_stay_as_they_are() -> None:
    sales, key = sold()
    sales.lines(key, ("DESK", "3", "90.00"), ("LAMP", "4", "40.00"))
    assert sales.planned() == []
    assert sales.exclusions() == [("q-3", "quote_line_unmatched")]
    assert "the opportunity keeps the lines that it has" in told(sales)


@pytest.mark.parametrize(
    ("happens", "left_out"),
    [
        (lambda sales, key: sales.change_quote(key, quote_status="DECLINED"), "amount_from_lines"),
        (lambda sales, key: sales.change_opportunity(_deal(sales), stage_name="Closed Won"), "opportunity_closed"),
        (lambda sales, key: sales.change_opportunity(_deal(sales), stage_name="Qualification"), "stage_moved_by_person"),
    ],
)  # fmt: skip
def test_a_decided_quote_a_closed_deal_and_a_moved_stage_keep_their_lines(
    happens: Callable[[Sales, str], Any], left_out: str
) -> None:
    sales, key = sold()
    sales.lines(key, ("DESK", "3", "90.00"))
    happens(sales, key)
    assert [kind for kind, _, _ in short(sales.planned()) if kind == "opportunity_line.upsert"] == []
    assert sales.exclusions() == [("q-3", left_out)]


def _deal(sales: Sales) -> str:
    return str(sales.books.value("select sf_opportunity_id from core.opportunities"))


def test_a_line_whose_answer_was_lost_is_ours_all_the_same() -> None:
    sales, key = sold()
    sales.lines(key, ("DESK", "3", "90.00"), ("CHAIR", "4", "40.00"))
    sales.plan()
    (row,) = sales.books.rows("from candidate_writes")
    sales.confirm(row, "sent")
    sales.change_line("q-3:DESK:1", quantity=money("3"), amount_total=money("90.00"))
    sales.lines(key, ("DESK", "4", "120.00"), ("CHAIR", "4", "40.00"))
    assert [(name, payload["TotalPrice"]) for _, name, payload in short(sales.planned())] == [
        ("q-3:DESK:1", Decimal("120.00"))
    ]
    sales.confirm(row, "rejected")
    sales.confirm(row, "confirmed")
    sales.change_line("q-3:DESK:1", amount_total=money("60.00"))  # an older value of ours, set by a person
    assert sales.planned() == []
    assert sales.exclusions() == [("q-3", "quote_line_edited")]


def test_two_organisations_quotes_of_one_number_and_item_keep_their_lines_apart() -> None:
    sales = shop()
    other = "20000000-0000-4000-8000-000000000002"
    sales.books.add_organisation(other, "Australia/Sydney", "Southwind Pty")
    first, second = sales.quote("QU-1"), f"{other}:q-4"
    sales.quote("QU-1", tenant_id=other, quote_key=second)
    for key in (first, second):
        sales.lines(key, ("DESK", "1", "10.00"))
    assert sorted(key for kind, key, _, _ in sales.planned() if kind == "opportunity_line.upsert") == sorted(
        [f"{TENANT}:q-3:DESK:1", f"{other}:q-4:DESK:1"]
    )
    sales.push()
    assert sales.planned() == []


def test_an_opportunity_that_a_person_rejected_gets_no_lines() -> None:
    sales = shop()
    key = sales.quote()
    sales.lines(key, ("DESK", "1", "10.00"))
    deal, _ = sales.plan()
    sales.confirm(sales.books.rows("from candidate_writes where kind = 'opportunity.create'")[0], "dismissed")
    assert [row["write_id"] for row in sales.plan()] == [deal["write_id"]]
