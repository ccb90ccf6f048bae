"""Spellings of one fact are equal, and what is written reads back as the same fact."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xero_sf_pipeline.parties.addresses import Address
from xero_sf_pipeline.parties.countries import country_code, country_name, country_name_in_letters, region_code
from xero_sf_pipeline.parties.phones import read_phone, xero_phone_text
from xero_sf_pipeline.parties.texts import email_form, folded, is_email, tax_number_form, website_form


@pytest.mark.parametrize(
    ("text", "region", "form"),
    [
        ("020 7946 0018", "GB", "+442079460018"),
        ("+44 (0)20 7946 0018", None, "+442079460018"),
        ("0064 9 555 1234", "GB", "+6495551234"),
        ("(09) 555 1234", "NZ", "+6495551234"),
        ("020 7946 0018 ext. 12", "GB", "+442079460018;ext=12"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("ask for Ann", "GB", "ask for ann"),
        ("12", "GB", "12"),
        ("   ", "GB", None),
        (None, "GB", None),
    ],
)
def test_a_phone_number_is_read_however_it_is_typed(text: str | None, region: str | None, form: str | None) -> None:
    phone = read_phone(text, region)
    assert (phone.form if phone else None) == form


def test_a_text_that_is_no_number_is_copied_nowhere() -> None:
    phone = read_phone("ask for Ann", "GB")
    assert phone is not None
    assert (phone.salesforce_text, phone.xero_parts()) == (None, None)


def test_xeros_three_parts_are_one_number() -> None:
    assert xero_phone_text("44", "020", "7946 0018") == "+44 020 7946 0018"
    assert xero_phone_text(None, "020", "7946 0018") == "020 7946 0018"
    assert xero_phone_text("+64", None, "9 555 1234") == "+64 9 555 1234"
    assert xero_phone_text("44", "020", "+33 1 23 45 67 89") == "+33 1 23 45 67 89"
    assert xero_phone_text("44", "020", "") is None


COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)


@settings(max_examples=150, deadline=None)
@given(region=st.sampled_from(COUNTRIES), extension=st.sampled_from(["", "7", "1234"]))
def test_every_countrys_numbers_survive_both_systems(region: str, extension: str) -> None:
    example = phonenumbers.example_number(region)
    if example is None:
        return
    written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    phone = read_phone(f"{written} x{extension}" if extension else written, region)
    assert phone is not None
    text, parts = phone.salesforce_text, phone.xero_parts()
    if text is not None:
        back = read_phone(text, "GB")
        assert back is not None
        assert back.form == phone.form
    if parts is not None:
        back = read_phone(
            xero_phone_text(parts["PhoneCountryCode"], parts["PhoneAreaCode"], parts["PhoneNumber"]), "GB"
        )
        assert back is not None
        assert back.form == phone.form


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("UK", "GB"), ("united kingdom", "GB"), ("England", "GB"), ("GBR", "GB"), ("U.S.A.", "US"),
        ("Österreich", "AT"), ("Deutschland", "DE"), ("Cote dIvoire", "CI"), ("Côte d'Ivoire", "CI"),
        ("Aotearoa New Zealand", "NZ"), ("The Netherlands", "NL"), ("Bolivia", "BO"), ("Narnia", None), (None, None),
    ],
)  # fmt: skip
def test_a_country_is_known_by_code_and_by_any_of_its_names(text: str | None, code: str | None) -> None:
    assert country_code(text) == code


def test_every_countrys_names_lead_back_to_its_code() -> None:
    import pycountry

    codes = [country.alpha_2 for country in pycountry.countries]
    assert len(codes) > 240
    for code in codes:
        name, letters = country_name(code), country_name_in_letters(code)
        assert name is not None
        assert letters is not None
        assert (country_code(name), country_code(letters)) == (code, code)
        assert all(character.isalpha() or character == " " for character in letters)


@pytest.mark.parametrize(
    ("country", "text", "code"),
    [("US", "california", "CA"), ("US", "CA", "CA"), ("CA", "Quebec", "QC"), ("AU", "nsw", "NSW"), ("US", "Kent", None),
     (None, "CA", None)],
)  # fmt: skip
def test_a_state_is_known_within_its_country(country: str | None, text: str, code: str | None) -> None:
    assert region_code(country, text) == code


def test_plain_values_are_equal_however_they_are_spelled() -> None:
    assert folded("  ACME\u00a0 Ltd ") == folded("Acme Ltd") == "acme ltd"
    assert email_form(" Ann@Acme.Example ") == "ann@acme.example"
    assert website_form("HTTPS://www.Acme.example/") == website_form("acme.example") == "acme.example"
    assert website_form("acme.example/Shop") == "acme.example/Shop"
    assert tax_number_form("GB 123 4567 89", "GB") == tax_number_form("123456789", "GB") == "123456789"
    assert tax_number_form("EL123456789", "GR") == "123456789"
    assert tax_number_form("GB", "GB") == "GB"
    assert (is_email("a@b.example"), is_email("a@b.example, c@d.example"), is_email("a at b")) == (True, False, False)


def test_a_street_of_more_than_four_lines_means_the_same_on_four() -> None:
    long = Address.of("A\nB\n\nC\nD\nE", "Town", None, "N1 1AA", "UK")
    short = Address.of("a\nb\nc\nd, e", "TOWN", None, "n11aa", "GB")
    assert long.form == short.form
    assert long.xero_entry("POBOX", "Ann") == {
        "AddressType": "POBOX", "AddressLine1": "A", "AddressLine2": "B", "AddressLine3": "C", "AddressLine4": "D, E",
        "City": "Town", "Region": "", "PostalCode": "N1 1AA", "Country": "United Kingdom", "AttentionTo": "Ann",
    }  # fmt: skip


def test_a_country_that_is_not_written_is_the_organisations_own() -> None:
    assert Address.of("A", "B", None, None, None, "GB").form == Address.of("A", "B", None, None, "UK", "GB").form
    assert Address.of("A", "B", None, None, None, "GB").form != Address.of("A", "B", None, None, "FR", "GB").form


def test_an_address_with_a_country_alone_is_empty() -> None:
    assert Address.of(None, " ", None, None, "UK").form is None


parts = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=30)


@settings(max_examples=200, deadline=None)
@given(
    street=st.lists(parts, max_size=7).map("\n".join), city=parts, region=st.sampled_from(["", "CA", "California", "Kent"]),
    postal_code=parts, country=st.sampled_from(["", "US", "UK", "Côte d'Ivoire", "Narnia"]),
)  # fmt: skip
def test_an_address_survives_xeros_four_lines(
    street: str, city: str, region: str, postal_code: str, country: str
) -> None:
    written = Address.of(street, city, region, postal_code, country, "GB")
    entry = written.xero_entry("POBOX", None)
    lines = "\n".join(entry[f"AddressLine{number}"] for number in range(1, 5))
    back = Address.of(lines, entry["City"], entry["Region"], entry["PostalCode"], entry["Country"], "GB")
    assert back.form == written.form
