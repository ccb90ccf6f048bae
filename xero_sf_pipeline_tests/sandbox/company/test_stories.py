"""Every case of quote to cash has customers of its own, and their records show the case and tie to the cent."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from xero_sf_pipeline.sandbox.company import Company, CompanySpec, SalesforceSeed, XeroSeed, generate
from xero_sf_pipeline.sandbox.company.ids import is_salesforce_id
from xero_sf_pipeline.sandbox.company.parties import comparable
from xero_sf_pipeline.sandbox.company.stories import Story
from xero_sf_pipeline.sandbox.company.stories import StoryKind as K
from xero_sf_pipeline.sandbox.sandbox import Sandbox
from xero_sf_pipeline_tests.sandbox.company import ledger_laws as laws
from xero_sf_pipeline_tests.sandbox.company.reading import as_json, day
from xero_sf_pipeline_tests.sandbox.company.test_salesforce_org import PREFIXES

SPEC = CompanySpec(contacts=60, invoices=150, accounts=60, organisations=2, stories=True, is_multi_currency=True)
XERO_LISTS = ("items", "contacts", "invoices", "credit_notes", "payments", "overpayments", "prepayments", "quotes")


@pytest.fixture(scope="module")
def company() -> Company:
    return generate(SPEC)


class Reader:
    """The records of stories by id."""

    def __init__(self, company: Company) -> None:
        self.company = company
        org = company.salesforce
        self.accounts = {row["Id"]: row for row in org.accounts}
        self.deals = {row["Id"]: row for row in org.opportunities}
        self.lines: dict[str, list[dict[str, Any]]] = {}
        for row in org.opportunity_line_items:
            self.lines.setdefault(row["OpportunityId"], []).append(row)
        self.people: dict[str, list[dict[str, Any]]] = {}
        for row in org.contacts:
            self.people.setdefault(row["AccountId"], []).append(row)
        every = company.xero
        self.contacts = {row["ContactID"]: row for one in every for row in as_json(one.contacts)}
        self.invoices = {row["InvoiceID"]: row for one in every for row in as_json(one.invoices)}
        self.quotes = {row["QuoteID"]: row for one in every for row in as_json(one.quotes)}
        self.credits = {row["ID"]: row for one in every for rows in laws.credits_of(one).values() for row in rows}
        self.payments = [row for one in every for row in as_json(one.payments)]

    def story(self, kind: K, organisation: int = 0) -> Story:
        tenant = self.company.xero[organisation].tenant_id
        [found] = [s for s in self.company.stories if (s.kind, s.tenant_id) == (kind, tenant)]
        return found

    def deal(self, kind: K, organisation: int = 0) -> dict[str, Any]:
        [opportunity_id] = self.story(kind, organisation).opportunity_ids
        return self.deals[opportunity_id]

    def invoice(self, kind: K) -> dict[str, Any]:
        return self.invoices[self.story(kind).invoice_ids[0]]

    def credit(self, kind: K) -> dict[str, Any]:
        [credit_id] = self.story(kind).credit_ids
        return self.credits[credit_id]

    def quote(self, kind: K) -> dict[str, Any]:
        [quote_id] = self.story(kind).quote_ids
        return self.quotes[quote_id]

    def contact(self, kind: K) -> dict[str, Any]:
        return self.contacts[self.story(kind).contact_ids[0]]

    def account(self, kind: K) -> dict[str, Any]:
        return self.accounts[self.story(kind).account_ids[0]]


@pytest.fixture(scope="module")
def told(company: Company) -> Reader:
    return Reader(company)


def test_every_case_is_told_and_all_its_records_exist(company: Company, told: Reader) -> None:
    assert {story.kind for story in company.stories} == set(K)
    for story in company.stories:
        assert set(story.contact_ids) <= told.contacts.keys()
        assert set(story.account_ids) <= told.accounts.keys()
        assert set(story.opportunity_ids) <= told.deals.keys()
        assert set(story.quote_ids) <= told.quotes.keys()
        assert set(story.invoice_ids) <= told.invoices.keys()
        assert set(story.credit_ids) <= told.credits.keys()


@pytest.mark.parametrize("organisation", [0, 1])
def test_the_books_of_the_stories_tie_like_all_others(company: Company, organisation: int) -> None:
    one = company.xero[organisation]
    laws.assert_totals_tie(one)
    laws.assert_amounts_due_tie(one)
    laws.assert_payments_tie(one)
    laws.assert_credits_tie(one)
    laws.assert_times_are_consistent(one, int(SPEC.starts_at.timestamp() * 1000))


def test_stories_leave_everybody_else_alone(company: Company) -> None:
    plain = generate(replace(SPEC, stories=False, is_multi_currency=False))
    for mine, other in zip([*company.xero, company.salesforce], [*plain.xero, plain.salesforce], strict=True):
        for field in fields(mine):
            told, untold = getattr(mine, field.name), getattr(other, field.name)
            if isinstance(told, dict | str):
                assert told == untold
            else:
                assert list(told)[: len(untold)] == list(untold)
    for field_name in XERO_LISTS:
        assert len(getattr(company.xero[0], field_name)) > len(getattr(plain.xero[0], field_name)), field_name
    assert company.truth[: len(plain.truth)] == plain.truth
    assert plain.stories == []


def test_a_larger_company_has_the_same_stories(company: Company) -> None:
    larger = generate(replace(SPEC, contacts=90, invoices=300, accounts=120))
    assert larger.stories == company.stories
    mine, others = Reader(company), Reader(larger)
    for story in company.stories:
        for name, ids in (("invoices", story.invoice_ids), ("deals", story.opportunity_ids)):
            assert [getattr(mine, name)[id_] for id_ in ids] == [getattr(others, name)[id_] for id_ in ids]


def test_the_org_stays_well_formed(company: Company) -> None:
    org: SalesforceSeed = company.salesforce
    known: set[str] = set()
    for name, prefix in PREFIXES.items():
        ids = [row["Id"] for row in getattr(org, name)]
        assert len(set(ids)) == len(ids)
        assert all(is_salesforce_id(text) and text.startswith(prefix) for text in ids)
        known.update(ids)
    for name in PREFIXES:
        for row in getattr(org, name):
            for field, value in row.items():
                if field.endswith("Id") and field not in ("Id", "ProfileId") and value is not None:
                    assert value in known, (name, field)
            assert row["CreatedDate"] <= row["LastModifiedDate"] <= row["SystemModstamp"] < SPEC.starts_at


def test_numbers_and_active_names_are_unique_in_every_organisation(company: Company) -> None:
    for one in company.xero:
        names = Counter(
            " ".join(row["Name"].casefold().split()) for row in one.contacts if row["ContactStatus"] == "ACTIVE"
        )
        assert max(names.values()) == 1
        for rows, field in (
            ([row for row in one.invoices if row["Type"] == "ACCREC"], "InvoiceNumber"),
            (one.quotes, "QuoteNumber"),
            (one.items, "Code"),
            ([row for row in one.contacts if row.get("AccountNumber")], "AccountNumber"),
            ([row for row in one.contacts if row.get("ContactNumber")], "ContactNumber"),
        ):
            assert max(Counter(row[field] for row in rows).values()) == 1, field


def test_the_truth_covers_the_customers_of_the_stories(company: Company, told: Reader) -> None:
    truth = {row.contact_id: row for row in company.truth}
    assert truth.keys() == told.contacts.keys()
    for story in company.stories:
        for contact_id in story.contact_ids:
            assert set(truth[contact_id].acceptable_account_ids) <= set(story.account_ids)
    assert truth[told.story(K.DEAL_DUPLICATE_ACCOUNT).contact_ids[0]].is_ambiguous
    varieties = {
        kind: [truth[id_].variety for id_ in told.story(kind).contact_ids]
        for kind in (K.QUOTE_WITHOUT_ACCOUNT, K.DEAL_NAME_TAKEN, K.DEAL_ARCHIVED_CONTACT, K.DEAL_TWO_CONTACTS)
    }
    assert varieties == {
        K.QUOTE_WITHOUT_ACCOUNT: ["none"],
        K.DEAL_NAME_TAKEN: ["namesake"],
        K.DEAL_ARCHIVED_CONTACT: ["archived"],
        K.DEAL_TWO_CONTACTS: ["exact", "shared_account"],
    }
    assert truth[told.story(K.QUOTE_WITHOUT_ACCOUNT).contact_ids[0]].account_id is None


class TestDeals:
    def test_a_deal_is_worth_its_lines_to_the_cent(self, told: Reader) -> None:
        for story in told.company.stories:
            for deal_id in story.opportunity_ids:
                lines = told.lines.get(deal_id)
                if lines:
                    assert round(told.deals[deal_id]["Amount"] * 100) == sum(
                        round(x["TotalPrice"] * 100) for x in lines
                    )
                assert told.deals[deal_id]["HasOpportunityLineItem"] is bool(lines)

    def test_a_line_total_is_quantity_times_price_less_discount_unless_the_price_is_too_fine(
        self, told: Reader
    ) -> None:
        off = []
        for story in told.company.stories:
            for deal_id in story.opportunity_ids:
                for line in told.lines.get(deal_id, ()):
                    exact = Decimal(str(line["Quantity"])) * Decimal(str(line["UnitPrice"]))
                    exact *= 1 - Decimal(str(line["Discount"] or 0)) / 100
                    if abs(exact - Decimal(str(line["TotalPrice"]))) > Decimal("0.005"):
                        off.append(story.kind)
        assert set(off) == {K.DEAL_WITH_FINE_PRICES}

    def test_the_plain_ones(self, told: Reader) -> None:
        without = told.deal(K.DEAL_WITHOUT_PRODUCTS)
        assert (without["IsWon"], without["Amount"], without["Id"] in told.lines) == (True, 12_480.5, False)
        assert len(told.lines[told.deal(K.DEAL_WITH_MANY_LINES)["Id"]]) == 10
        discounts = [line["Discount"] for line in told.lines[told.deal(K.DEAL_WITH_DISCOUNTS)["Id"]]]
        assert discounts == [12.5, 33.33, 100, None]
        assert told.deal(K.DEAL_LARGE)["Amount"] > 200_000
        abroad = told.contact(K.DEAL_TO_EXPORT)
        assert (abroad["DefaultCurrency"], abroad["AccountsReceivableTaxType"]) == ("EUR", "ZERORATEDOUTPUT")

    def test_plans_are_told_by_the_type_and_the_service_dates(self, told: Reader) -> None:
        kinds = {K.DEAL_MONTHLY: "Subscription", K.DEAL_IN_PERCENTAGES: "Project - Staged"}
        kinds[K.DEAL_IN_MILESTONES] = "Project"
        assert {kind: told.deal(kind)["Type"] for kind in kinds} == kinds
        assert told.deal(K.DEAL_IN_PERCENTAGES)["Amount"] == 10_000.01
        assert [told.deal(kind)["Billing_Plan__c"] for kind in kinds] == ["Monthly", "Staged", "Milestones"]
        assert told.deal(K.DEAL_MONTHLY)["Term_Months__c"] == 12
        stages = [told.deal(K.DEAL_IN_MILESTONES)[f"{name}_On__c"] for name in ("Designed", "Delivered", "Handed_Over")]
        assert stages[0] < SPEC.as_of < stages[1] < stages[2]
        dates = [line["ServiceDate"] for line in told.lines[told.deal(K.DEAL_IN_MILESTONES)["Id"]]]
        assert dates == sorted(dates)
        assert dates[0] < SPEC.as_of < dates[-1]

    def test_billed_ones_bear_our_reference_but_for_the_one_that_was_billed_by_hand(self, told: Reader) -> None:
        shown = {}
        for kind in (
            K.DEAL_BILLED_BY_REFERENCE,
            K.DEAL_REOPENED_AFTER_BILLING,
            K.DEAL_GREW_AFTER_DRAFT,
            K.DEAL_GREW_AFTER_APPROVAL,
            K.DEAL_INVOICE_VOIDED,
        ):
            deal, invoice = told.deal(kind), told.invoice(kind)
            assert invoice["Reference"] == f"{deal['Id']}/1"
            shown[kind] = (invoice["Status"], deal["IsWon"], deal["Amount"] - float(invoice["SubTotal"]))
        extra = 4 * 274.9
        assert {kind: (status, won, round(more, 2)) for kind, (status, won, more) in shown.items()} == {
            K.DEAL_BILLED_BY_REFERENCE: ("PAID", True, 0),
            K.DEAL_REOPENED_AFTER_BILLING: ("DRAFT", False, 0),
            K.DEAL_GREW_AFTER_DRAFT: ("DRAFT", True, extra),
            K.DEAL_GREW_AFTER_APPROVAL: ("AUTHORISED", True, extra),
            K.DEAL_INVOICE_VOIDED: ("VOIDED", True, 0),
        }
        by_hand = told.invoice(K.DEAL_BILLED_BY_HAND)
        assert (by_hand["Reference"], by_hand["SubTotal"]) == (
            "PO 77120",
            Decimal(str(told.deal(K.DEAL_BILLED_BY_HAND)["Amount"])),
        )

    def test_those_that_a_person_must_look_at(self, told: Reader) -> None:
        org = told.company.xero[0]
        assert told.deal(K.DEAL_OF_ZERO)["Amount"] == 0
        assert told.deal(K.DEAL_NEGATIVE)["Amount"] < 0
        codes = {line["ProductCode"] for line in told.lines[told.deal(K.DEAL_UNKNOWN_ITEM)["Id"]]}
        assert codes - {row["Code"] for row in org.items} == {"ACOU-HEX", None}
        assert told.deal(K.DEAL_LOCKED_PERIOD)["CloseDate"] <= day(org.organisation["PeriodLockDate"])
        currency = told.deal(K.DEAL_UNKNOWN_CURRENCY)["CurrencyIsoCode"]
        assert currency not in {row["Code"] for row in org.currencies}
        assert told.story(K.DEAL_WITHOUT_CONTACT).contact_ids == ()
        taken = told.story(K.DEAL_NAME_TAKEN)
        assert told.contacts[taken.contact_ids[0]]["Name"] == told.accounts[taken.account_ids[0]]["Name"]
        assert told.contact(K.DEAL_ARCHIVED_CONTACT)["ContactStatus"] == "ARCHIVED"
        assert len(told.story(K.DEAL_TWO_CONTACTS).contact_ids) == 2
        assert len(told.story(K.DEAL_DUPLICATE_ACCOUNT).account_ids) == 2

    def test_a_deal_says_its_currency_in_a_multi_currency_org_alone(self) -> None:
        plain = generate(replace(SPEC, is_multi_currency=False))
        assert not any("CurrencyIsoCode" in row for row in plain.salesforce.opportunities)
        assert {story.kind for story in plain.stories} == set(K) - {
            K.DEAL_UNKNOWN_CURRENCY,
            K.DEAL_IN_FOREIGN_CURRENCY,
        }
        assert plain.salesforce.currency_types == ()

    def test_the_currencies_of_the_org_have_rates_against_the_corporate_one(self, company: Company) -> None:
        types = {row["IsoCode"]: row for row in company.salesforce.currency_types}
        assert [code for code, row in types.items() if row["IsCorporate"]] == ["GBP"]
        assert types["GBP"]["ConversionRate"] == 1
        assert 1 < types["EUR"]["ConversionRate"] < types["USD"]["ConversionRate"] < types["NZD"]["ConversionRate"]
        used = {row["CurrencyIsoCode"] for row in company.salesforce.opportunities if "CurrencyIsoCode" in row}
        assert used == {"CHF", "EUR"} < types.keys()

    def test_an_org_that_is_filled_with_it_has_several_currencies_and_its_own_fields(
        self, company: Company, told: Reader
    ) -> None:
        sandbox = Sandbox(company=company)
        org = sandbox.salesforce
        types = {row["IsoCode"]: (row["ConversionRate"], row["IsCorporate"]) for row in org.rows("CurrencyType")}
        deals = {row["Id"]: row["CurrencyIsoCode"] for row in org.rows("Opportunity")}
        plans = {row["Id"]: row["Billing_Plan__c"] for row in org.rows("Opportunity")}
        vat = {row["Id"]: row["VAT_Number__c"] for row in org.rows("Account")}
        classes = Counter(row["Credit_Class__c"] for row in org.rows("Account"))
        costs = {row["ProductCode"]: row["Purchase_Price__c"] for row in org.rows("Product2")}
        mailed = {row["AccountId"] for row in org.rows("Contact") if row["In_Xero_Mails__c"]}
        deal = next(row for row in org.rows("Opportunity") if row["Id"] == told.deal(K.DEAL_WITH_PRODUCTS)["Id"])
        sandbox.close()
        assert set(types) == {"AUD", "CHF", "EUR", "GBP", "NZD", "USD"}
        assert types["GBP"] == (1, True)
        assert deals[told.deal(K.DEAL_UNKNOWN_CURRENCY)["Id"]] == "CHF"
        assert deals[told.deal(K.DEAL_IN_FOREIGN_CURRENCY)["Id"]] == "EUR"
        assert Counter(deals.values())["GBP"] == len(deals) - 2
        assert plans[told.deal(K.DEAL_MONTHLY)["Id"]] == "Monthly"
        assert vat[told.account(K.PARTY_TAX_NUMBERS_DIFFER)["Id"]] == "GB 220 4588 31"
        assert (classes["A"], classes["B"], classes["C"]) == (1, 1, 0)
        assert {code: cost for code, cost in costs.items() if cost is not None} == {
            "ACOU-HEX": Decimal("52.40"),
            "MON-32": Decimal("185.00"),
        }
        assert mailed == {told.account(K.PARTY_MANY_PEOPLE)["Id"]}
        assert (deal["Proof_Link__c"], deal["Invoice_Sent__c"], deal["Tax_Total__c"]) == (
            "https://proof.example/po-2291",
            False,
            None,
        )


class TestQuotes:
    def test_their_totals_tie(self, company: Company) -> None:
        for one in company.xero:
            for quote in as_json(one.quotes):
                lines = quote["LineItems"]
                assert quote["SubTotal"] == sum(line["LineAmount"] for line in lines)
                assert quote["TotalTax"] == sum(line["TaxAmount"] for line in lines)
                assert quote["Total"] == quote["SubTotal"] + quote["TotalTax"]

    def test_every_status_occurs_and_an_expired_one_is_still_sent(self, told: Reader) -> None:
        shown = {
            kind: told.quote(kind)["Status"] for kind in K if kind.startswith("quote_") and told.story(kind).quote_ids
        }
        assert shown == {
            K.QUOTE_DRAFT: "DRAFT",
            K.QUOTE_SENT: "SENT",
            K.QUOTE_ACCEPTED: "ACCEPTED",
            K.QUOTE_DECLINED: "DECLINED",
            K.QUOTE_EXPIRED: "SENT",
            K.QUOTE_DELETED: "DELETED",
            K.QUOTE_INVOICED: "INVOICED",
            K.QUOTE_OF_UNKNOWN_PRODUCTS: "SENT",
            K.QUOTE_IN_FOREIGN_CURRENCY: "SENT",
            K.QUOTE_WITHOUT_ACCOUNT: "SENT",
            K.QUOTE_WITH_WON_DEAL: "INVOICED",
        }
        assert day(told.quote(K.QUOTE_EXPIRED)["ExpiryDate"]) < SPEC.as_of < day(told.quote(K.QUOTE_SENT)["ExpiryDate"])
        assert told.quote(K.QUOTE_IN_FOREIGN_CURRENCY)["CurrencyCode"] == "USD"

    def test_an_invoiced_one_has_an_invoice_of_its_number_and_amount(self, told: Reader) -> None:
        for kind in (K.QUOTE_INVOICED, K.QUOTE_WITH_WON_DEAL):
            quote, invoice = told.quote(kind), told.invoice(kind)
            assert (invoice["Reference"], invoice["Total"]) == (quote["QuoteNumber"], quote["Total"])
            assert invoice["Contact"]["ContactID"] == quote["Contact"]["ContactID"]
        won = told.deal(K.QUOTE_WITH_WON_DEAL)
        assert (won["IsWon"], Decimal(str(won["Amount"]))) == (True, told.quote(K.QUOTE_WITH_WON_DEAL)["SubTotal"])
        assert told.quote(K.QUOTE_WITH_WON_DEAL)["Reference"] == won["Id"]
        assert won["Name"].endswith(f"({told.quote(K.QUOTE_WITH_WON_DEAL)['QuoteNumber']})")

    def test_some_lines_have_no_product_in_salesforce(self, told: Reader) -> None:
        products = {row["ProductCode"] for row in told.company.salesforce.products if row["ProductCode"]}
        lines = told.quote(K.QUOTE_OF_UNKNOWN_PRODUCTS)["LineItems"]
        assert [line.get("ItemCode") in products for line in lines] == [False, False, True]
        assert "ItemCode" not in lines[0]


class TestMoney:
    def test_paid_by_credit_is_not_cash(self, told: Reader) -> None:
        part = told.invoice(K.MONEY_PAID_BY_CREDIT)
        assert part["Status"] == "PAID"
        assert 0 < part["AmountCredited"] < part["Total"]
        off = told.invoice(K.MONEY_WRITTEN_OFF)
        assert (off["Status"], off["AmountPaid"], off["AmountCredited"]) == ("PAID", 0, off["Total"])
        [line] = told.credit(K.MONEY_WRITTEN_OFF)["LineItems"]
        assert (line["AccountCode"], line["TaxType"], line["Description"]) == ("498", "NONE", "Bad debt written off")
        advance = told.credit(K.MONEY_PREPAID)
        assert advance["RemainingCredit"] == advance["Total"] - advance["AppliedAmount"]
        assert told.invoice(K.MONEY_PREPAID)["AmountCredited"] == advance["AppliedAmount"] > 0

    def test_part_payments_refunds_overpayments_and_deleted_payments(self, told: Reader) -> None:
        part = told.invoice(K.MONEY_PART_PAID)
        assert 0 < part["AmountPaid"] < part["Total"]
        refunded = told.credit(K.MONEY_CREDIT_REFUNDED)
        types = [p["PaymentType"] for p in told.payments if p["Invoice"]["InvoiceID"] == refunded["ID"]]
        assert (refunded["Status"], refunded["RemainingCredit"], types) == ("PAID", 0, ["ARCREDITPAYMENT"])
        assert told.credit(K.MONEY_OVERPAID)["RemainingCredit"] == 50
        reopened = told.invoice(K.MONEY_PAYMENT_DELETED)
        statuses = [p["Status"] for p in told.payments if p["Invoice"]["InvoiceID"] == reopened["InvoiceID"]]
        assert (reopened["Status"], reopened["AmountDue"], statuses) == ("AUTHORISED", reopened["Total"], ["DELETED"])
        assert told.invoice(K.MONEY_VOIDED)["Status"] == "VOIDED"

    def test_a_rounding_line_brings_a_round_total(self, told: Reader) -> None:
        invoice = told.invoice(K.MONEY_ROUNDING_LINE)
        rounding = invoice["LineItems"][-1]
        assert invoice["Total"] % 1 == 0
        assert (rounding["AccountCode"], rounding["TaxAmount"]) == ("860", 0)
        assert -1 < rounding["LineAmount"] < 0


class TestHealth:
    @staticmethod
    def days_late(told: Reader, kind: K) -> list[int]:
        found = [told.invoices[id_] for id_ in told.story(kind).invoice_ids]
        return [(day(row["FullyPaidOnDate"]) - day(row["DueDate"])).days for row in found if row["Status"] == "PAID"]

    def test_one_pays_ever_later_and_the_other_always_late(self, told: Reader) -> None:
        worse = self.days_late(told, K.HEALTH_WORSENING_PAYER)
        assert (max(worse[:6]), worse[-3:]) == (3, [14, 21, 33])
        steady = self.days_late(told, K.HEALTH_STEADY_LATE_PAYER)
        assert (min(steady), max(steady), len(steady)) == (23, 27, 11)

    def test_exposure_grows_without_anything_overdue(self, told: Reader) -> None:
        found = [told.invoices[id_] for id_ in told.story(K.HEALTH_GROWING_EXPOSURE).invoice_ids]
        assert [row["Status"] for row in found] == ["PAID"] * 4 + ["AUTHORISED"] * 2
        assert [row["Total"] for row in found] == sorted(row["Total"] for row in found)
        assert all(day(row["DueDate"]) >= SPEC.as_of for row in found[4:])

    def test_credits_pile_up_and_lie_unused(self, told: Reader) -> None:
        notes = [told.credits[id_] for id_ in told.story(K.HEALTH_CREDIT_NOTES).credit_ids]
        assert [row["Status"] for row in notes] == ["PAID"] * 3
        unused, owed = told.credit(K.HEALTH_UNALLOCATED_CREDIT), told.invoice(K.HEALTH_UNALLOCATED_CREDIT)
        assert (unused["Status"], unused["RemainingCredit"]) == ("AUTHORISED", 600)
        assert (owed["Status"], day(owed["DueDate"]) < SPEC.as_of) == ("AUTHORISED", True)

    def test_a_renewal_closes_soon_while_something_is_overdue(self, told: Reader) -> None:
        renewal = told.deal(K.HEALTH_RENEWAL_CLOSING)
        assert (renewal["IsClosed"], renewal["CloseDate"]) == (False, SPEC.as_of + timedelta(days=12))
        overdue = told.invoices[told.story(K.HEALTH_RENEWAL_CLOSING).invoice_ids[1]]
        assert (overdue["Status"], day(overdue["DueDate"]) < SPEC.as_of) == ("AUTHORISED", True)


class TestParties:
    def test_emails_differ_in_every_direction(self, told: Reader) -> None:
        shown = {}
        for kind in (K.PARTY_EMAIL_ONLY_IN_XERO, K.PARTY_EMAIL_ONLY_IN_SALESFORCE, K.PARTY_EMAILS_DIFFER):
            people = told.people.get(told.account(kind)["Id"], [])
            shown[kind] = (bool(told.contact(kind)["EmailAddress"]), [bool(person["Email"]) for person in people])
        assert shown == {
            K.PARTY_EMAIL_ONLY_IN_XERO: (True, []),
            K.PARTY_EMAIL_ONLY_IN_SALESFORCE: (False, [True]),
            K.PARTY_EMAILS_DIFFER: (True, [True]),
        }
        contact = told.contact(K.PARTY_EMAILS_DIFFER)
        [person] = told.people[told.account(K.PARTY_EMAILS_DIFFER)["Id"]]
        assert (contact["FirstName"], contact["LastName"]) == (person["FirstName"], person["LastName"])
        assert contact["EmailAddress"] != person["Email"].lower()

    def test_telephones_and_addresses_differ_in_every_direction(self, told: Reader) -> None:
        def phones(kind: K) -> tuple[bool, bool]:
            return any(p["PhoneNumber"] for p in told.contact(kind)["Phones"]), bool(told.account(kind)["Phone"])

        def streets(kind: K) -> tuple[bool, bool]:
            lines = [a.get("AddressLine1") for a in told.contact(kind)["Addresses"]]
            return any(lines), bool(told.account(kind)["BillingStreet"])

        assert phones(K.PARTY_PHONE_ONLY_IN_XERO) == streets(K.PARTY_ADDRESS_ONLY_IN_XERO) == (True, False)
        assert phones(K.PARTY_PHONE_ONLY_IN_SALESFORCE) == (False, True)
        assert streets(K.PARTY_ADDRESS_ONLY_IN_SALESFORCE) == (False, True)
        assert phones(K.PARTY_PHONES_DIFFER) == streets(K.PARTY_ADDRESSES_DIFFER) == (True, True)
        cities = {a["City"] for a in told.contact(K.PARTY_ADDRESSES_DIFFER)["Addresses"]}
        assert told.account(K.PARTY_ADDRESSES_DIFFER)["BillingCity"] not in cities
        assert len(told.account(K.PARTY_LONG_ADDRESS)["BillingStreet"].splitlines()) == 6

    def test_tax_numbers_names_and_people_differ(self, told: Reader) -> None:
        def numbers(kind: K) -> tuple[str, str | None]:
            return told.contact(kind)["TaxNumber"], told.account(kind).get("VAT_Number__c")

        assert numbers(K.PARTY_TAX_NUMBER_ONLY_IN_XERO) == ("GB412889034", None)
        assert numbers(K.PARTY_TAX_NUMBER_ONLY_IN_SALESFORCE) == ("", "GB773120945")
        assert numbers(K.PARTY_TAX_NUMBERS_DIFFER) == ("GB220458813", "GB 220 4588 31")
        renamed = told.contact(K.PARTY_RENAMED_IN_SALESFORCE)["Name"]
        assert comparable(renamed) != comparable(told.account(K.PARTY_RENAMED_IN_SALESFORCE)["Name"])
        contact = told.contact(K.PARTY_MANY_PEOPLE)
        mine = {person["EmailAddress"] for person in contact["ContactPersons"]}
        theirs = {person["Email"].lower() for person in told.people[told.account(K.PARTY_MANY_PEOPLE)["Id"]]}
        assert (len(mine), len(mine & theirs), len(theirs - mine)) == (5, 1, 1)


class TestCatalogue:
    def test_each_system_has_entries_that_the_other_lacks(self, company: Company) -> None:
        products = {row["ProductCode"]: row for row in company.salesforce.products}
        for one in company.xero:
            items = {row["Code"]: row for row in one.items}
            assert products.keys() - items.keys() == {"ACOU-HEX", "MOVE-DAY", "WALL-PLAN", None}
            assert items.keys() - products.keys() == {"WHITEB-90", "PALLET-EUR", "SOFA-2", "PLANT-MON"}
            assert items["MON-32"]["Name"] != products["MON-32"]["Name"]
            assert (items["PALLET-EUR"]["IsSold"], items["PALLET-EUR"]["SalesDetails"]) == (False, {})


class TestSecondOrganisation:
    def test_one_account_owes_in_two_currencies(self, company: Company, told: Reader) -> None:
        here, there = (told.story(K.ELSEWHERE_SHARED_CUSTOMER, n) for n in (0, 1))
        assert here.account_ids == there.account_ids
        owed = [told.invoices[story.invoice_ids[0]] for story in (here, there)]
        assert [(row["CurrencyCode"], row["Status"]) for row in owed] == [("GBP", "AUTHORISED"), ("NZD", "AUTHORISED")]
        assert all(day(row["DueDate"]) < SPEC.as_of for row in owed)

    def test_a_deal_and_a_quote_belong_to_the_second_organisation(self, company: Company, told: Reader) -> None:
        story = told.story(K.ELSEWHERE_DEAL, 1)
        assert told.accounts[story.account_ids[0]]["BillingCountry"] in ("New Zealand", "NZ", "Aotearoa")
        second: XeroSeed = company.xero[1]
        assert {told.contacts[id_]["ContactID"] for id_ in story.contact_ids} <= {
            row["ContactID"] for row in second.contacts
        }
        assert [row["QuoteNumber"] for row in second.quotes] == ["QU-0001"]


def test_all_dates_follow_the_day_of_the_specification() -> None:
    later = generate(replace(SPEC, as_of=date(2027, 2, 28), organisations=1))
    told = Reader(later)
    assert told.deal(K.HEALTH_RENEWAL_CLOSING)["CloseDate"] == date(2027, 3, 12)
    assert day(told.invoice(K.MONEY_WRITTEN_OFF)["Date"]) == date(2027, 2, 28) - timedelta(days=210)
