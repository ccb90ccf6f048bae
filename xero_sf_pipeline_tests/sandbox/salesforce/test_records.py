"""Single records over REST: create, read, change, upsert, delete, what was deleted, what was changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from simple_salesforce import Salesforce, format_external_id
from simple_salesforce.exceptions import (
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)

from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline_tests.sandbox.salesforce.conftest import START
from xero_sf_pipeline_tests.sandbox.salesforce.packages import linked_org

pytestmark = pytest.mark.usefixtures("linked")


@pytest.fixture
def linked(org: SalesforceState) -> None:
    org.install_package(linked_org())


def test_a_record_goes_through_its_life(org: SalesforceState, sf: Salesforce) -> None:
    made = sf.Account.create({"Name": "Acme", "AnnualRevenue": 10, "BillingCity": "Leeds"})
    identity = made["id"]
    assert dict(made) == {"id": identity, "success": True, "errors": []}
    read = sf.Account.get(identity)
    assert (read["Name"], read["AnnualRevenue"], read["BillingAddress"]["city"]) == ("Acme", 10.0, "Leeds")
    assert read["CreatedById"] == read["OwnerId"] == org.user_id
    assert sf.Account.update(identity, {"Name": "Acme Ltd", "BillingCity": None}) == 204
    assert [(row["Name"], row["BillingCity"]) for row in org.rows("Account")] == [("Acme Ltd", None)]
    assert sf.Account.delete(identity) == 204
    with pytest.raises(SalesforceResourceNotFound) as gone:
        sf.Account.get(identity)
    assert gone.value.content == [{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}]


def test_upsert_creates_once_and_then_updates_whatever_the_letter_case(org: SalesforceState, sf: Salesforce) -> None:
    path = format_external_id("Xero_Contact_ID__c", "ab/c d")
    assert sf.Account.upsert(path, {"Name": "One"}) == 201
    assert sf.Account.upsert(path.replace("ab", "AB"), {"Name": "Two"}) == 200
    assert [(row["Name"], row["Xero_Contact_ID__c"]) for row in org.rows("Account")] == [("Two", "ab/c d")]
    answer = sf.Account.upsert(path, {"Name": "Three"}, raw_response=True)
    assert answer.json() == {"id": org.rows("Account")[0]["Id"], "success": True, "errors": [], "created": False}


def test_upsert_with_update_only_creates_nothing(org: SalesforceState, sf: Salesforce) -> None:
    with pytest.raises(SalesforceResourceNotFound):
        sf.Account.upsert("Xero_Contact_ID__c/new?updateOnly=true", {"Name": "x"})
    assert org.rows("Account") == []


def test_upsert_by_a_key_that_several_records_share_answers_300(org: SalesforceState, sf: Salesforce) -> None:
    ids = [org.insert("Contact", {"LastName": name, "Email": "a@example.com"}) for name in ("A", "B")]
    with pytest.raises(SalesforceMoreThanOneRecord) as refused:
        sf.Contact.upsert("Email/a@example.com", {"LastName": "C"})
    assert refused.value.content == [f"/services/data/v66.0/sobjects/Contact/{identity}" for identity in ids]


def test_the_upsert_key_must_not_stand_in_the_body(sf: Salesforce) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Account.upsert("Xero_Contact_ID__c/a", {"Name": "x", "Xero_Contact_ID__c": "a"})
    assert refused.value.content[0]["errorCode"] == "INVALID_FIELD"


def test_only_external_ids_can_be_upsert_keys(sf: Salesforce) -> None:
    with pytest.raises(SalesforceResourceNotFound) as refused:
        sf.Account.upsert("Name/Acme", {"Site": "x"})
    assert refused.value.content[0]["message"] == (
        "Provided external ID field does not exist or is not accessible: Name"
    )


def test_records_are_read_by_external_id(org: SalesforceState, sf: Salesforce) -> None:
    identity = org.insert("Account", {"Name": "Acme", "Xero_Contact_ID__c": "k1"})
    assert sf.Account.get_by_custom_id("Xero_Contact_ID__c", "K1")["Id"] == identity


def test_a_parent_can_be_named_by_its_external_id(org: SalesforceState, sf: Salesforce) -> None:
    account = org.insert("Account", {"Name": "Acme", "Xero_Contact_ID__c": "k1"})
    sf.Contact.create({"LastName": "Smith", "Account": {"Xero_Contact_ID__c": "k1"}})
    sf.Link__c.create({"Key__c": "t:k1", "Account__r": {"Xero_Contact_ID__c": "K1"}})
    assert [row["AccountId"] for row in org.rows("Contact")] == [account]
    assert [(row["Name"], row["Key__c"], row["Account__c"]) for row in org.rows("Link__c")] == [
        ("L-0001", "t:k1", account)
    ]
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Contact.create({"LastName": "Smith", "Account": {"Xero_Contact_ID__c": "k2"}})
    assert refused.value.content == [
        {
            "message": "Foreign key external ID: k2 not found for field Xero_Contact_ID__c in entity Account",
            "errorCode": "INVALID_FIELD",
            "fields": ["Xero_Contact_ID__c"],
        }
    ]


def test_a_parent_is_named_by_its_id_or_by_its_external_id_not_by_both(org: SalesforceState, sf: Salesforce) -> None:
    account = org.insert("Account", {"Name": "Acme", "Xero_Contact_ID__c": "k1"})
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Link__c.create({"Account__r": {"Xero_Contact_ID__c": "k1"}, "Key__c": "t:k1", "Account__c": account})
    assert refused.value.content == [
        {
            "message": "Cannot specify both an external ID reference Account__r and a salesforce id, Account__c",
            "errorCode": "INVALID_FIELD",
            "fields": ["Account__c"],
        }
    ]
    assert org.rows("Link__c") == []


def test_a_polymorphic_parent_needs_its_type(org: SalesforceState, sf: Salesforce) -> None:
    owner = {"Username": "xero.integration@sandbox.example"}
    with pytest.raises(SalesforceMalformedRequest):
        sf.Case.create({"Subject": "x", "Owner": owner})
    sf.Case.create({"Subject": "x", "Owner": {"attributes": {"type": "User"}, **owner}})
    assert [row["OwnerId"] for row in org.rows("Case")] == [org.user_id]


def test_deleted_and_updated_list_ids_in_a_span(running: RunningSandbox, org: SalesforceState, sf: Salesforce) -> None:
    kept, gone = (org.insert("Account", {"Name": name}) for name in ("kept", "gone"))
    running.clock.advance(timedelta(hours=1))
    org.delete("Account", gone)
    running.clock.advance(timedelta(hours=1))
    now = running.clock.now()
    deleted = sf.Account.deleted(now - timedelta(hours=2), now)
    assert [dict(row) for row in deleted["deletedRecords"]] == [
        {"id": gone, "deletedDate": "2026-03-16T10:00:00.000+0000"}
    ]
    assert sf.Account.updated(now - timedelta(hours=3), now)["ids"] == [kept]
    assert sf.Account.updated(now - timedelta(minutes=30), now)["ids"] == []


def test_the_deleted_log_goes_back_fifteen_days(running: RunningSandbox, sf: Salesforce) -> None:
    now = running.clock.now()
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Account.deleted(now - timedelta(days=16), now)
    assert refused.value.content[0]["errorCode"] == "INVALID_REPLICATION_DATE"
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Account.deleted(now, now)
    assert refused.value.content[0]["errorCode"] == "INVALID_REPLICATION_DATE"


def test_a_record_that_moved_since_is_not_overwritten(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    identity = org.insert("Account", {"Name": "Acme"})
    running.clock.advance(timedelta(minutes=5))
    org.update("Account", identity, {"Name": "Moved"})
    sf.headers["If-Unmodified-Since"] = START.strftime("%a, %d %b %Y %H:%M:%S GMT")
    with pytest.raises(SalesforceGeneralError) as refused:
        sf.restful(f"sobjects/Account/{identity}", method="PATCH", json={"Name": "Ours"})
    assert refused.value.status == 412
    assert [row["Name"] for row in org.rows("Account")] == ["Moved"]


def test_deleting_an_account_takes_contacts_along_frees_links_and_is_stopped_by_cases(
    org: SalesforceState, sf: Salesforce
) -> None:
    account = org.insert("Account", {"Name": "Acme"})
    contact = org.insert("Contact", {"LastName": "Smith", "AccountId": account})
    org.insert("Link__c", {"Key__c": "t:1", "Account__c": account})
    case = org.insert("Case", {"Subject": "x", "AccountId": account})
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Account.delete(account)
    assert refused.value.content[0]["errorCode"] == "DELETE_FAILED"
    org.delete("Case", case)
    sf.Account.delete(account)
    assert org.rows("Contact") == []
    assert [(row["Id"], row["IsDeleted"]) for row in org.rows("Contact", include_deleted=True)] == [(contact, True)]
    assert [row["Account__c"] for row in org.rows("Link__c")] == [None]


def test_a_merge_moves_the_children_and_leaves_the_winners_name_on_the_loser(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    master, loser = (org.insert("Account", {"Name": name}) for name in ("Master", "Loser"))
    case = org.insert("Case", {"Subject": "x", "AccountId": loser})
    running.clock.advance(timedelta(hours=1))
    org.merge_accounts(master, [loser])
    rows = sf.query_all(
        "SELECT Id, IsDeleted, MasterRecordId FROM Account WHERE SystemModstamp >= 2026-03-16T10:00:00Z ORDER BY Name",
        include_deleted=True,
    )["records"]
    assert [(row["Id"], row["IsDeleted"], row["MasterRecordId"]) for row in rows] == [
        (loser, True, master),
        (master, False, None),
    ]
    assert sf.Case.get(case)["AccountId"] == master


def test_the_bin_is_emptied_after_fifteen_days_and_the_rows_are_gone_without_a_trace(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    org.delete("Account", org.insert("Account", {"Name": "Acme"}))
    assert org.purge() == 0
    running.clock.advance(timedelta(days=16))
    assert org.purge() == 1
    assert sf.query_all("SELECT Id FROM Account", include_deleted=True)["totalSize"] == 0


def test_stamps_never_run_backwards_even_when_the_clock_does(running: RunningSandbox, org: SalesforceState) -> None:
    org.insert("Account", {"Name": "first"})
    running.clock.set(START - timedelta(days=1))
    org.insert("Account", {"Name": "second"})
    assert [row["SystemModstamp"] for row in org.rows("Account")] == [START, START]


def test_a_row_can_become_visible_with_a_stamp_from_before(org: SalesforceState) -> None:
    early = datetime(2026, 3, 16, 8, 55, tzinfo=UTC)
    org.insert("Account", {"Name": "late commit"}, stamp=early)
    assert [(row["CreatedDate"], row["SystemModstamp"]) for row in org.rows("Account")] == [(early, early)]


def test_an_update_moves_the_stamp_even_when_nothing_changes(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    identity = org.insert("Account", {"Name": "same"})
    running.clock.advance(timedelta(minutes=1))
    sf.Account.update(identity, {"Name": "same"})
    assert [row["SystemModstamp"] for row in org.rows("Account")] == [START + timedelta(minutes=1)]


def test_automation_moves_the_system_stamp_only(running: RunningSandbox, org: SalesforceState, sf: Salesforce) -> None:
    identity = org.insert("Account", {"Name": "before"})
    running.clock.advance(timedelta(minutes=1))
    org.mutate({"action": "system_update", "object": "Account", "id": identity, "row": {"Name": "after"}})
    (row,) = org.rows("Account")
    stamps = (row["LastModifiedDate"], row["SystemModstamp"])
    assert (row["Name"], *stamps) == ("after", START, START + timedelta(minutes=1))
    since = "2026-03-16T09:00:30Z"
    found = [
        sf.query(f"SELECT Id FROM Account WHERE {stamp} >= {since}")["totalSize"]
        for stamp in ("LastModifiedDate", "SystemModstamp")
    ]
    assert found == [0, 1]


def test_describe_tells_keys_lengths_choices_and_rights(sf: Salesforce) -> None:
    fields = {one["name"]: one for one in sf.Account.describe()["fields"]}
    key = fields["Xero_Contact_ID__c"]
    wanted = ("type", "length", "externalId", "unique", "idLookup", "caseSensitive", "custom", "createable", "nillable")
    assert [key[name] for name in wanted] == ["string", 36, True, True, True, False, True, True, True]
    assert fields["BillingAddress"]["type"] == "address"
    assert fields["BillingCity"]["compoundFieldName"] == "BillingAddress"
    assert (fields["AnnualRevenue"]["precision"], fields["AnnualRevenue"]["scale"]) == (18, 0)
    assert fields["OwnerId"]["referenceTo"] == ["User"]
    assert not fields["SystemModstamp"]["updateable"]
    case = {one["name"]: one for one in sf.Case.describe()["fields"]}
    assert [choice["value"] for choice in case["Priority"]["picklistValues"]] == ["High", "Medium", "Low"]
    assert case["OwnerId"]["polymorphicForeignKey"]


def test_the_global_describe_lists_what_the_user_may_see(sf: Salesforce) -> None:
    names = {one["name"]: one["keyPrefix"] for one in sf.describe()["sobjects"]}
    assert names["Account"] == "001"
    assert names["Link__c"] == "a00"
    assert sf.Account.metadata()["objectDescribe"]["keyPrefix"] == "001"
    with pytest.raises(SalesforceResourceNotFound):
        sf.Nothing__c.describe()
