"""Reading by REST pages with the real client."""

from __future__ import annotations

from datetime import timedelta

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceGeneralError, SalesforceMalformedRequest

from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline_tests.sandbox.salesforce.packages import field, package


def _fill(org: SalesforceState, count: int) -> list[str]:
    org.load_rows("Account", ({"Name": f"Account {i}", "Description": "d", "Site": "s"} for i in range(count)))
    return [row["Id"] for row in org.rows("Account")]


def test_a_big_result_comes_in_pages_of_two_thousand(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    ids = _fill(org, 4100)
    first = sf.query("SELECT Id FROM Account")
    assert (first["totalSize"], first["done"], len(first["records"])) == (4100, False, 2000)
    assert first["nextRecordsUrl"].startswith("/services/data/v66.0/query/01g")
    assert first["nextRecordsUrl"].endswith("-2000")
    running.log.clear()
    read = [record["Id"] for record in sf.query_all_iter("SELECT Id FROM Account")]
    assert read == ids
    assert len(running.log.as_list()) == 3


def test_the_batch_size_header_is_heeded_between_200_and_2000(org: SalesforceState, sf: Salesforce) -> None:
    _fill(org, 2500)

    def size(wanted: int) -> int:
        page = sf.query("SELECT Id FROM Account", headers={"Sforce-Query-Options": f"batchSize={wanted}"})
        return len(page["records"])

    assert [size(10), size(500), size(5000)] == [200, 500, 2000]


def test_two_long_text_fields_make_short_pages(org: SalesforceState, sf: Salesforce) -> None:
    long_text = field("Notes__c", "LongTextArea", "<length>32768</length><visibleLines>5</visibleLines>")
    org.install_package(package({"Account": [long_text]}, grants=["Account.Notes__c"]))
    _fill(org, 300)
    assert len(sf.query("SELECT Id, Description FROM Account")["records"]) == 300
    assert len(sf.query("SELECT Id, Description, Notes__c FROM Account")["records"]) == 200


def test_the_server_may_return_fewer_rows_than_a_page_holds(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    ids = _fill(org, 7)
    url = f"{running.url}/__sandbox__/salesforce/pages"
    assert sf.session.post(url, json={"rest": 3, "bulk": 4}).json() == {"rest": 3, "bulk": 4}
    assert [len(sf.query("SELECT Id FROM Account")["records"])] == [3]
    assert [record["Id"] for record in sf.query_all_iter("SELECT Id FROM Account")] == ids
    pages = list(sf.bulk2.Account.query("SELECT Id FROM Account", wait=0.01))
    assert [page.count("\n") - 1 for page in pages] == [4, 3]


def test_a_cursor_dies_after_two_days_and_an_unknown_one_is_refused(
    running: RunningSandbox, org: SalesforceState, sf: Salesforce
) -> None:
    _fill(org, 2100)
    locator = sf.query("SELECT Id FROM Account")["nextRecordsUrl"].rsplit("/", 1)[1]
    assert len(sf.query_more(locator)["records"]) == 100
    running.clock.advance(timedelta(days=3))
    for dead in (locator, "01gSb0000000000000-2000"):
        with pytest.raises(SalesforceMalformedRequest) as refused:
            sf.query_more(dead)
        assert refused.value.content == [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}]


def test_rows_that_change_between_pages_are_read_as_they_are_then(org: SalesforceState, sf: Salesforce) -> None:
    ids = _fill(org, 2001)
    first = sf.query("SELECT Id, Name FROM Account")
    org.update("Account", ids[-1], {"Name": "Changed"})
    last = sf.query_more(first["nextRecordsUrl"].rsplit("/", 1)[1])
    assert [record["Name"] for record in last["records"]] == ["Changed"]
    assert "nextRecordsUrl" not in last


def test_query_all_returns_deleted_rows_with_their_flag(org: SalesforceState, sf: Salesforce) -> None:
    ids = _fill(org, 2)
    org.delete("Account", ids[0])
    shown = sf.query_all("SELECT Id, IsDeleted FROM Account", include_deleted=True)["records"]
    assert [(record["Id"], record["IsDeleted"]) for record in shown] == [(ids[0], True), (ids[1], False)]
    assert sf.query("SELECT Id FROM Account")["totalSize"] == 1


def test_a_query_longer_than_16_kilobytes_is_too_long_for_a_url(sf: Salesforce) -> None:
    values = ",".join(f"'{i:020d}'" for i in range(900))
    with pytest.raises(SalesforceGeneralError) as refused:
        sf.query(f"SELECT Id FROM Account WHERE Name IN ({values})")
    assert refused.value.status == 414


def test_the_headers_count_too(sf: Salesforce) -> None:
    query = "SELECT Id FROM Account WHERE Name = 'x'"
    assert sf.query(query, headers={"X-Filler": "f" * 15_000})["totalSize"] == 0
    with pytest.raises(SalesforceGeneralError) as refused:
        sf.query(query, headers={"X-Filler": "f" * 16_200})
    assert refused.value.status == 431


def test_numbers_and_times_have_the_rest_forms(org: SalesforceState, sf: Salesforce) -> None:
    org.insert("Account", {"Name": "n", "AnnualRevenue": 12_345_678, "NumberOfEmployees": 12_345_678})
    url = f"{sf.base_url}query/?q=SELECT+AnnualRevenue,NumberOfEmployees,CreatedDate,IsDeleted+FROM+Account"
    text = sf.session.get(url, headers={"Authorization": f"Bearer {sf.session_id}"}).text
    assert '"AnnualRevenue":1.2345678E7,"NumberOfEmployees":12345678' in text
    assert '"CreatedDate":"2026-03-16T09:00:00.000+0000","IsDeleted":false' in text
