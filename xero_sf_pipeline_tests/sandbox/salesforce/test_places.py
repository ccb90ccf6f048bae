"""State and country picklists: codes and texts of addresses agree, or the record is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest

from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline_tests.sandbox.salesforce.conftest import START

PARTS = ("BillingStateCode", "BillingState", "BillingCountryCode", "BillingCountry")


def address(org: SalesforceState) -> tuple[str | None, ...]:
    return tuple(org.rows("Account")[-1][name] for name in PARTS)


def test_without_the_feature_addresses_are_free_text_without_codes(org: SalesforceState, sf: Salesforce) -> None:
    sf.Account.create({"Name": "a", "BillingCountry": "Eire", "BillingState": "Co. Cork"})

    assert (org.rows("Account")[0]["BillingCountry"], org.rows("Account")[0]["BillingState"]) == ("Eire", "Co. Cork")
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Account.create({"Name": "a", "BillingCountryCode": "IE"})
    assert refused.value.content[0]["errorCode"] == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"BillingCountryCode": "us", "BillingStateCode": "tx"}, ("TX", "Texas", "US", "United States")),
        ({"BillingCountry": "united states", "BillingState": "TEXAS"}, ("TX", "Texas", "US", "United States")),
        ({"BillingCountryCode": "GB"}, (None, None, "GB", "United Kingdom")),
        ({"BillingCountry": "United Kingdom", "BillingCountryCode": "GB"}, (None, None, "GB", "United Kingdom")),
        ({"BillingStreet": "1 High Street"}, (None, None, None, None)),
    ],
)
def test_code_and_text_fill_each_other(
    org: SalesforceState, sf: Salesforce, given: dict[str, str], stored: tuple[str | None, ...]
) -> None:
    org.enable_places()
    sf.Account.create({"Name": "a", **given})

    assert address(org) == stored


@pytest.mark.parametrize(
    ("given", "field", "text"),
    [
        ({"BillingCountry": "Eire"}, "BillingCountry", "There's a problem with this country"),
        ({"BillingCountryCode": "UK"}, "BillingCountry", "There's a problem with this country"),
        ({"BillingCountryCode": "GB", "BillingCountry": "France"}, "BillingCountry", "There's a problem with this"),
        ({"BillingCountryCode": "GB", "BillingState": "Avon"}, "BillingState", "There's a problem with this state"),
        ({"BillingCountryCode": "AU", "BillingStateCode": "TX"}, "BillingState", "There's a problem with this state"),
        ({"BillingState": "Texas"}, "BillingState", "A country/territory must be specified before"),
    ],
)
def test_a_place_that_is_not_in_the_list_is_refused(
    org: SalesforceState, sf: Salesforce, given: dict[str, str], field: str, text: str
) -> None:
    org.enable_places()
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Account.create({"Name": "a", **given})
    (error,) = refused.value.content
    assert (error["errorCode"], error["fields"]) == ("FIELD_INTEGRITY_EXCEPTION", [field])
    assert error["message"].startswith(text)


def test_another_country_takes_the_state_away_and_old_texts_stay_until_somebody_touches_them(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    org.insert("Contact", {"LastName": "x", "MailingCountry": "australia", "MailingState": "Victoria"})
    old = org.insert("Account", {"Name": "old", "BillingCountry": "Eire", "BillingState": "Co. Cork"})
    answer = requests.post(f"{running.url}/__sandbox__/salesforce/places", timeout=10)
    assert answer.status_code == 200

    (person,) = sf.query("SELECT Id, MailingAddress FROM Contact")["records"]
    shown = {name: person["MailingAddress"][name] for name in ("state", "stateCode", "country", "countryCode")}
    assert shown == {"state": "Victoria", "stateCode": "VIC", "country": "Australia", "countryCode": "AU"}
    sf.Contact.update(person["Id"], {"MailingCountryCode": "NZ"})
    moved = org.rows("Contact")[0]
    assert (moved["MailingState"], moved["MailingStateCode"], moved["MailingCountry"]) == (None, None, "New Zealand")

    sf.Account.update(old, {"Phone": "1"})
    assert address(org) == (None, "Co. Cork", None, "Eire")
    with pytest.raises(SalesforceMalformedRequest):
        sf.Account.update(old, {"BillingState": "Cork"})
    sf.Account.update(old, {"BillingCountryCode": "IE", "BillingState": "cork"})
    assert address(org) == ("CO", "Cork", "IE", "Ireland")
    sf.Account.update(old, {"BillingState": None})
    assert address(org) == (None, None, "IE", "Ireland")
    sf.Account.update(old, {"BillingCountry": None})
    assert address(org) == (None, None, None, None)


def test_the_feature_survives_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "org.sqlite")
    first = SalesforceState(path, FixedClock(START))
    first.enable_places()
    first.close()

    again = SalesforceState(path, FixedClock(START))
    again.insert("Account", {"Name": "a", "BillingCountryCode": "FR"})
    row: dict[str, Any] = again.rows("Account")[0]
    assert (row["BillingCountry"], row["ShippingCountryCode"]) == ("France", None)
    again.close()
