"""Spellings that mean the same compare as the same."""

from __future__ import annotations

import duckdb
import pytest

from xero_sf_pipeline.matching.vocabulary import LEGAL_FORMS
from xero_sf_pipeline.warehouse.statements import sql
from xero_sf_pipeline_tests.matching.desk import Desk, account, contact


@pytest.fixture(scope="module")
def macros() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(sql("matching", "macros"))
    return connection


@pytest.mark.parametrize(
    ("macro", "given", "expected"),
    [
        ("plain_text", "Müller & Söhne GmbH", "muller and sohne gmbh"),
        ("plain_text", "O'Brien-Łukasz  Straße", "obrien lukasz strasse"),
        ("plain_text", "S.A.R.L. J. Dupont", "sarl j dupont"),
        ("plain_text", "Amazon.com, Inc.", "amazon com inc"),
        ("plain_text", "Кафе №5", "кафе 5"),
        ("plain_text", "Acme Ltd 24", "acme ltd 24"),
        ("plain_text", "Acme  Ltd ", "acme ltd"),
        ("plain_text", "", ""),
        ("plain_text", "  ---  ", ""),
        ("plain_text", None, None),
        ("plain_code", "ls1 4ab", "LS14AB"),
        ("plain_code", " - ", None),
        ("phone_digits", "+44 (0)20 7946 0958 ext 12", "079460958"),
        ("phone_digits", "020 7946 0958", "079460958"),
        ("phone_digits", "310/246-1501", "102461501"),
        ("phone_digits", "12345", None),
        ("phone_digits", None, None),
        ("plain_email", " AP@Acme.co.uk ", "ap@acme.co.uk"),
        ("plain_email", "ap@acme, ap@zen", None),
        ("website_host", "HTTP://WWW.Acme.CO.UK/contact?x=1", "www.acme.co.uk"),
        ("registrable_domain", "www.acme.co.uk", "acme.co.uk"),
        ("registrable_domain", "mail.shop.acme.com", "acme.com"),
        ("website_host", "not a website", "not"),
        ("registrable_domain", "not", None),
        ("website_host", "", None),
    ],
)
def test_text_is_normalised(
    macros: duckdb.DuckDBPyConnection, macro: str, given: str | None, expected: str | None
) -> None:
    assert macros.execute(f"select {macro}($given)", {"given": given}).fetchall() == [(expected,)]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Acme Ltd", "ACME LIMITED"),
        ("Acme Pty Ltd", "Acme Proprietary Limited"),
        ("Peters Werkzeugbau GmbH & Co. KG", "Peters Werkzeugbau"),
        ("Acme Ltd (Trade)", "Acme Trade"),
        ("Smith & Sons", "Smith and Sons"),
        ("The Corner Bakery", "Corner Bakery"),
        ("Lloyd Intl Mfg", "Lloyd International Manufacturing"),
        ("Martin, Charles", "Charles Martin"),
        ("Café Zoë", "Cafe Zoe"),
        ("Blue Sky Travel", "Bluesky Travel"),
        ("A.B.C. Motors", "ABC Motors"),
    ],
)
def test_two_spellings_are_an_equal_name(one: str, two: str) -> None:
    desk = Desk([contact("c1", one, phone="0113 496 0000")], [account("A1", two, phone="+44 113 496 0000")])
    desk.match()
    assert desk.rows(
        "select list_filter(terms, lambda t: t.term = 'name')[1].note as note from matching.candidates"
    ) == [{"note": "equal name"}]


@pytest.mark.parametrize("typed", ["Kowalksi Brewing", "Kowalsky Brewing", "Kowallski Brewing", "Kowalsk Brewing"])
def test_one_typing_error_still_links_with_a_telephone_number(typed: str) -> None:
    desk = Desk([contact("c1", typed, phone="01134960000")], [account("A1", "Kowalski Brewing", phone="01134960000")])
    assert desk.brief("outcome", "sf_account_id") == [("linked", "A1")]


def test_numbers_in_names_must_be_equal() -> None:
    desk = Desk(
        [contact("c1", "Harbour Apartments 14", city="Leeds")],
        [account("A1", "Harbour Apartments 15", city="Leeds"), account("A2", "Harbour Apartments 14", city="Leeds")],
    )
    assert desk.brief("sf_account_id") == [("A2",)]


@pytest.mark.parametrize("word", ["Limited", "Co", "The"])
def test_a_name_of_nothing_but_a_legal_form_or_filler_keeps_it(word: str) -> None:
    desk = Desk([contact("c1", word, phone="0113 496 0000")], [account("A1", word, phone="0113 496 0000")])
    assert desk.brief("outcome", "sf_account_id") == [("linked", "A1")]


def test_no_spelling_belongs_to_two_legal_forms() -> None:
    spellings = [spelling for forms in LEGAL_FORMS.values() for spelling in forms]
    assert sorted(spellings) == sorted(set(spellings))
