"""Whatever people change on both sides: planning and pushing ends, and what we wrote is known again."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xero_sf_pipeline_tests.parties.office import Office, account_id, address, phone, rules

ACCOUNT = account_id(1)
RULES = ["off", "fill_empty", "xero_wins", "salesforce_wins", "newest_wins", "review"]
FIELDS = ["name", "phone", "billing_address", "email", "account_number", "tax_number"]

names = st.sampled_from(["Acme", "ACME ", "Acme Ltd", "Ämce & Söhne", "Acme\u00a0Ltd"])
phones = st.sampled_from([None, "020 7946 0018", "+442079460018", "+64 9 555 1234", "ask for Ann", "020 7946 0018 x7"])
texts = st.sampled_from([None, "A1", "a1", " B 2 ", "GB123", "123", "x" * 45])
emails = st.sampled_from([None, "ann@acme.example", "ANN@acme.example", "new@acme.example", "no address"])
addresses = st.one_of(
    st.none(),
    st.tuples(
        st.sampled_from([(), ("1 High St",), ("A", "B", "C", "D"), ("x" * 300,)]),
        st.sampled_from([None, "London", "LONDON", "Austin"]),
        st.sampled_from([None, "Texas", "TX", "Kent"]),
        st.sampled_from([None, "N1 1AA", "n11aa"]),
        st.sampled_from([None, "UK", "United Kingdom", "US", "Narnia", "Area 51"]),
    ),
)
sides = st.fixed_dictionaries(
    {
        "name": names,
        "phone": phones,
        "address": addresses,
        "account_number": texts,
        "tax_number": texts,
        "email": emails,
    }
)
edits = st.lists(st.tuples(st.sampled_from(["xero", "salesforce"]), sides, st.sets(st.sampled_from(["name", "phone", "address", "account_number", "tax_number", "email"]), min_size=1)), max_size=2)  # fmt: skip


def xero_columns(side: dict[str, Any], fields: set[str]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for field in fields:
        value = side[field]
        match field:
            case "name":
                changes["contact_name"] = value
            case "phone":
                changes["phones"] = [phone(value)] if value else []
            case "address":
                lines, city, region, postal_code, country = value or ((), None, None, None, None)
                changes["addresses"] = [
                    address(*lines, city=city, region=region, postal_code=postal_code, country=country)
                ]
            case "email":
                changes["contact_email"] = value
            case _:
                changes[field] = value
    return changes


def account_columns(side: dict[str, Any], fields: set[str], *, has_picklists: bool) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for field in fields - {"email"}:
        value = side[field]
        match field:
            case "name":
                changes["account_name"] = value
            case "address":
                lines, city, region, postal_code, country = value or ((), None, None, None, None)
                changes |= {"street": "\n".join(lines) or None, "city": city, "postal_code": postal_code}
                if has_picklists:
                    is_us = country == "US"
                    changes |= {
                        "country": "United States" if is_us else "United Kingdom",
                        "country_code": "US" if is_us else "GB",
                        "region": "Texas" if is_us else None,
                        "region_code": "TX" if is_us else None,
                    }
                else:
                    changes |= {"region": region, "country": country}
            case _:
                changes[field] = value
    return changes


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    by_field=st.fixed_dictionaries({field: st.sampled_from(RULES) for field in FIELDS}),
    xero=sides, salesforce=sides, story=edits, has_picklists=st.booleans(), has_person=st.booleans(),
)  # fmt: skip
def test_plan_and_push_come_to_rest_after_any_edits(
    by_field: dict[str, str], xero: dict[str, Any], salesforce: dict[str, Any],
    story: list[tuple[str, dict[str, Any], set[str]]], has_picklists: bool, has_person: bool,
) -> None:  # fmt: skip
    office = Office(rules(fields=by_field))
    everything = {"name", "phone", "address", "account_number", "tax_number", "email"}
    key = office.pair("Acme")
    office.change_contact(key, last_name="Lee", **xero_columns(xero, everything))
    office.change_account(ACCOUNT, **account_columns(salesforce, everything, has_picklists=has_picklists))
    if has_person:
        office.person(ACCOUNT, "Lee", salesforce["email"])
    come_to_rest(office)
    for side, values, fields in story:
        office.later()
        if side == "xero":
            office.change_contact(key, **xero_columns(values, fields))
        else:
            office.change_account(ACCOUNT, **account_columns(values, fields, has_picklists=has_picklists))
            if "email" in fields:
                office.books.run("update core.people set email = $email", {"email": values["email"]})
        come_to_rest(office)


def come_to_rest(office: Office) -> None:
    """One push is enough, but for a person: its email is compared from the next plan on."""
    office.plan()
    first = office.writes()
    assert len({(row["target_system"], row["target_object"], row["target_key"]) for row in first}) == len(first)
    office.push()
    office.plan()
    again = office.writes()
    assert {row["kind"] for row in again} <= {"contact.upsert", "xero_contact.update"}, again
    assert all(set(row["payload"]) <= {"Email", "EmailAddress"} for row in again), again
    office.push()
    office.plan()
    assert office.writes() == []
