"""Customers whose email, telephone, address, tax number, name or people differ between the two systems.

Salesforce has no standard field for a tax number; this org keeps it in `Account.VAT_Number__c`.
"""

from __future__ import annotations

from typing import Any

from xero_sf_pipeline.sandbox.company.spec import Row
from xero_sf_pipeline.sandbox.company.stories.stage import Stage
from xero_sf_pipeline.sandbox.company.stories.story import StoryKind as K

_NO_PHONES: list[Row] = [
    {"PhoneType": kind, "PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}
    for kind in ("DDI", "DEFAULT", "FAX", "MOBILE")
]
_BLANK: Row = {f"AddressLine{n}": "" for n in range(1, 5)} | dict.fromkeys(
    ("City", "Region", "PostalCode", "Country", "AttentionTo"), ""
)
_NO_ADDRESSES: list[Row] = [{"AddressType": "POBOX", **_BLANK}, {"AddressType": "STREET", **_BLANK}]
_NO_BILLING: Row = dict.fromkeys(
    ("BillingStreet", "BillingCity", "BillingState", "BillingPostalCode", "BillingCountry")
)
_LONG_STREET = "\n".join(
    ("Goods-in, Bay 4", "Unit 17", "The Old Tannery", "Tannery Yard", "Riverside Business Park", "214 Mill Lane")
)


def tell_parties(stage: Stage) -> None:
    """Tell all stories of parties."""
    customer = stage.customers.customer
    _emails(stage)
    _plain(stage, K.PARTY_PHONE_ONLY_IN_XERO, "Quarrybank Tiles", account={"Phone": None})
    _plain(stage, K.PARTY_PHONE_ONLY_IN_SALESFORCE, "Rookery Hill Nurseries", contact={"Phones": _NO_PHONES})
    _plain(stage, K.PARTY_PHONES_DIFFER, "Stonecrop Roofing Supplies", account={"Phone": "+44 20 7946 0018"})
    _plain(stage, K.PARTY_ADDRESS_ONLY_IN_XERO, "Teasel Wool Mills", account=_NO_BILLING)
    _plain(stage, K.PARTY_ADDRESS_ONLY_IN_SALESFORCE, "Upland Deer Park", contact={"Addresses": _NO_ADDRESSES})
    moved = {
        "BillingStreet": "Suite 5\nKings Arcade, 3-7 Castle Street",
        "BillingCity": "Hereford",
        "BillingState": "Herefordshire",
        "BillingPostalCode": "HR1 2NH",
        "BillingCountry": "United Kingdom",
    }
    _plain(stage, K.PARTY_ADDRESSES_DIFFER, "Violet Hill Florists", account=moved)
    _plain(stage, K.PARTY_LONG_ADDRESS, "Waxwing Candle Makers", account={**moved, "BillingStreet": _LONG_STREET})
    _plain(stage, K.PARTY_TAX_NUMBER_ONLY_IN_XERO, "Yarrow Herbal", contact={"TaxNumber": "GB412889034"})
    _plain(
        stage,
        K.PARTY_TAX_NUMBER_ONLY_IN_SALESFORCE,
        "Zephyr Kite Company",
        contact={"TaxNumber": ""},
        account={"VAT_Number__c": "GB773120945", "Credit_Class__c": "B"},
    )
    _plain(
        stage,
        K.PARTY_TAX_NUMBERS_DIFFER,
        "Amberley Chalk Pits",
        contact={"TaxNumber": "GB220458813"},
        account={"VAT_Number__c": "GB 220 4588 31"},
    )
    _plain(
        stage, K.PARTY_RENAMED_IN_SALESFORCE, "Bluebell Line Models", account={"Name": "Bluebell Heritage Models Ltd"}
    )
    one = customer("Clovelly Pilot Gigs")
    stage.customers.people_changes[one.slot] = {"In_Xero_Mails__c": True}
    one.accounts[0].persons.append(("Naomi", "Trevelyan", f"naomi.trevelyan@{one.party.domain}"))
    names = (
        ("Accounts", "Office"),
        ("Piran", "Tallack"),
        ("Jenna", "Rowse"),
        ("Naomi", "Trevelyan"),
        ("Kit", "Angove"),
    )
    stage.customers.contact_changes[one.contact] = {
        "ContactPersons": [
            {
                "FirstName": first,
                "LastName": last,
                "EmailAddress": f"{first}.{last}@{one.party.domain}".lower(),
                "IncludeInEmails": n < 2,
            }
            for n, (first, last) in enumerate(names)
        ]
    }
    stage.tell(K.PARTY_MANY_PEOPLE, one)


def _plain(stage: Stage, kind: K, name: str, **changes: Any) -> None:
    stage.tell(kind, stage.customers.customer(name, **changes))


def _emails(stage: Stage) -> None:
    customer = stage.customers.customer
    one = customer("Damson Tree Preserves")
    one.accounts[0].persons.clear()
    stage.tell(K.PARTY_EMAIL_ONLY_IN_XERO, one)
    one = customer("Easterbrook Saddlery")
    one.contacts[0].email = ""
    stage.tell(K.PARTY_EMAIL_ONLY_IN_SALESFORCE, one)
    one = customer("Fernhill Stained Glass")
    first, last, _ = one.accounts[0].persons[0]
    stage.customers.contact_changes[one.contact] = {"FirstName": first, "LastName": last}
    one.accounts[0].persons[0] = (first, last, f"{last}.{first}@fernhill-studio.example".lower())
    stage.tell(K.PARTY_EMAILS_DIFFER, one)
