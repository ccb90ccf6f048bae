"""Salesforce as the rest of the product sees it: query, look up, upsert, bulk, describe, deploy.

Belongs here: REST reads and sObject Collections. Bulk API 2.0 is in `salesforce_bulk`, metadata in `salesforce_deploy`,
sessions and errors in `salesforce_connection`. Does not belong here: which records to send (pushing).

Sources: REST API developer guide (v66.0), "Query", "sObject Collections", "Limits"; reference of error codes in
`salesforce_failures`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from xero_sf_pipeline.clients import soql as soql_text
from xero_sf_pipeline.clients.caller import Caller
from xero_sf_pipeline.clients.circuit import CircuitBreaker
from xero_sf_pipeline.clients.failures import Attempt, malformed
from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.salesforce_bulk import BulkJobs
from xero_sf_pipeline.clients.salesforce_connection import SalesforceConnection
from xero_sf_pipeline.clients.salesforce_deploy import deploy
from xero_sf_pipeline.clients.salesforce_results import (
    ApiVersions,
    BulkJob,
    DeployResult,
    ObjectDescription,
    RowResult,
    collection_results,
)
from xero_sf_pipeline.clients.tokens import SalesforceClientCredentials, SalesforceToken, TokenCache, TokenSource
from xero_sf_pipeline.clients.wire_json import decode, encode
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import NotFound, PermanentApiError
from xero_sf_pipeline.settings import Settings

__all__ = ["ApiVersions", "BulkJob", "DeployResult", "ObjectDescription", "RowResult", "SalesforceClient"]

LARGEST_COLLECTION = 200
ID_LENGTH = 18
LARGEST_RETRIEVE = 2000


class _QueryPage(msgspec.Struct):
    done: bool
    totalSize: int = 0  # noqa: N815 - Salesforce's spelling
    nextRecordsUrl: str | None = None  # noqa: N815


class SalesforceClient:
    """One org. Safe to use from several threads; close it, or use it as a context manager.

    Args:
        tokens: another OAuth 2 flow; client credentials when left out
        retry: how reads are repeated; its `sleep` also paces the polling of jobs
        urgent: this client's calls pass those of backfills
        duplicate_rule: the value of Sforce-Duplicate-Rule-Header, such as `allowSave=true` to pass alert rules
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        governor: Governor,
        *,
        tokens: TokenSource[SalesforceToken] | None = None,
        retry: Retry | None = None,
        urgent: bool = False,
        duplicate_rule: str | None = None,
    ) -> None:
        source = SalesforceClientCredentials(settings, governor) if tokens is None else tokens
        retry = Retry() if retry is None else retry
        headers = {"Sforce-Auto-Assign": "FALSE"}  # assignment rules would change owners behind the plan's back
        if duplicate_rule is not None:
            headers["Sforce-Duplicate-Rule-Header"] = duplicate_rule
        caller = Caller("salesforce", TokenCache(source, clock), governor, CircuitBreaker(clock), retry)
        self._connection = SalesforceConnection(settings, caller, headers, urgent=urgent)
        self._bulk = BulkJobs(self._connection, retry.sleep)
        self._sleep = retry.sleep

    # Reading

    def query_pages(self, soql: str, *, include_deleted: bool = False) -> Iterator[bytes]:
        """Yield the JSON pages of a query as they came (up to 2,000 records each), deleted records too if asked.

        Raises:
            ValueError: the query has a child subquery, whose further pages would be lost.
            MalformedResponse: a page does not say whether it is the last, or repeats a page's address.
        """
        soql_text.refuse_child_subquery(soql)
        what = f"Querying {_object_of(soql)}"
        path, params = ("queryAll/" if include_deleted else "query/"), {"q": soql}
        body = self._connection.answer(what, "GET", path, params=params)
        seen: set[str] = set()
        while True:
            page = _query_page(body, what)
            yield body
            if page.done:
                return
            if page.nextRecordsUrl is None or page.nextRecordsUrl in seen:
                raise malformed(
                    Attempt("salesforce", what, False), "a page that is not the last names no new next page"
                )
            seen.add(page.nextRecordsUrl)
            body = self._connection.answer(what, "GET", page.nextRecordsUrl)

    def count(self, object_name: str, where: str = "") -> int:
        """Count records. `where` is SOQL without the word, built by the caller from constants."""
        query = soql_text.select(["count()"], object_name, where)
        answer = self._connection.answer(f"Counting {object_name}", "GET", "query/", params={"q": query})
        return _query_page(answer, f"Counting {object_name}").totalSize

    def describe(self, object_name: str) -> ObjectDescription:
        """Describe an object as the integration user sees it: fields without read permission are absent.

        Raises:
            NotFound: there is no such object, or the user may not see it.
        """
        what = f"Describing {object_name}"
        try:
            answer = self._connection.json(what, "GET", f"sobjects/{soql_text.name(object_name)}/describe")
        except PermanentApiError as error:
            if error.status == 404:
                raise NotFound(f"Salesforce has no object {object_name} that the integration user may see.") from None
            raise
        try:
            return ObjectDescription.from_answer(answer)
        except (KeyError, TypeError, AttributeError):
            raise malformed(Attempt("salesforce", what, False), "the answer is no description") from None

    def api_versions(self) -> ApiVersions:
        """List the API versions that the org speaks, and the headers of that answer (its clock). Costs no API call."""
        what = "Listing the API versions"

        def operation(salesforce: Any) -> ApiVersions:
            url = f"https://{salesforce.sf_instance}/services/data/"
            response = salesforce._call_salesforce("GET", url, name="versions")
            rows = decode(response.content, system="salesforce", what=what)
            if not isinstance(rows, list) or not all(isinstance(row, dict) and "version" in row for row in rows):
                raise malformed(Attempt("salesforce", what, False), "the answer is no list of versions")
            return ApiVersions(tuple(str(row["version"]) for row in rows), dict(response.headers))

        return self._connection.run(what, operation)

    def org_id(self) -> str:
        """Return the org's 18-character id: from the login's answer, else by one query."""
        told = self._connection.token().org_id
        found = told if told is not None and len(told) == ID_LENGTH else self._first_id("Organization", "")
        if found is None:
            raise malformed(Attempt("salesforce", "Asking for the org's id", False), "there is no Organization record")
        return found

    def limits(self) -> dict[str, Any]:
        """Return the org's limits by name, each with Max and Remaining. Needs "View Setup and Configuration"."""
        answer = self._connection.json("Reading the limits", "GET", "limits/")
        return dict(answer)

    def retrieve(self, object_name: str, ids: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Read records by Id, as they are now. Ids that do not exist are absent; numbers are int or Decimal."""
        found: dict[str, dict[str, Any]] = {}
        columns = [soql_text.name(field) for field in fields]
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted), LARGEST_RETRIEVE):
            chunk = wanted[start : start + LARGEST_RETRIEVE]
            what = f"Reading {len(chunk)} {object_name} records"
            answer = self._connection.json(
                what,
                "POST",
                f"composite/sobjects/{soql_text.name(object_name)}",
                body=encode({"ids": chunk, "fields": columns}),
            )
            if not isinstance(answer, list) or len(answer) != len(chunk):
                raise malformed(Attempt("salesforce", what, False), "the answer has not one row per id")
            found |= {asked: _record(row) for asked, row in zip(chunk, answer, strict=True) if row is not None}
        return found

    def find_by_key(
        self, object_name: str, key_field: str, keys: Sequence[str], fields: Sequence[str]
    ) -> dict[str, list[dict[str, Any]]]:
        """Find records by an external key, case-insensitively as Salesforce compares.

        Returns:
            every asked key with its records (Id, the key and `fields`): none, one, or several when it is not unique.
        """
        found: dict[str, list[dict[str, Any]]] = {key: [] for key in keys}
        asked = {key.lower(): key for key in found}
        for query in soql_text.key_queries(object_name, key_field, list(found), fields):
            for body in self.query_pages(query):
                for row in decode(body, system="salesforce", what=f"Looking up {object_name}")["records"]:
                    record = _record(row)
                    key = asked.get(str(record[key_field]).lower())
                    if key is not None:
                        found[key].append(record)
        return found

    # Writing

    def upsert(self, object_name: str, key_field: str, records: Sequence[Mapping[str, Any]]) -> list[RowResult]:
        """Create or update up to 200 records by an external key in one call. One bad record does not stop the others.

        Raises:
            ValueError: too many records, a record without its key, or a key twice (Salesforce fails both).
            OutcomeUnknown: the answer was lost; look the keys up.
        """
        keys = [str(record.get(key_field) or "") for record in records]
        if "" in keys:
            raise ValueError(f"every {object_name} record needs its {key_field}")
        path = f"composite/sobjects/{soql_text.name(object_name)}/{soql_text.name(key_field)}"
        return self._send_collection(object_name, "upserting", path, keys, records)

    def update(self, object_name: str, records: Sequence[Mapping[str, Any]]) -> list[RowResult]:
        """Update up to 200 records by their Id in one call. Raises as `upsert`."""
        keys = [str(record.get("Id") or record.get("id") or "") for record in records]
        if "" in keys:
            raise ValueError(f"every {object_name} record needs its Id")
        bodies = [
            {"id": key, **{name: value for name, value in record.items() if name.lower() != "id"}}
            for key, record in zip(keys, records, strict=True)
        ]
        return self._send_collection(object_name, "updating", "composite/sobjects", keys, bodies)

    def insert(self, object_name: str, records: Sequence[Mapping[str, Any]]) -> list[RowResult]:
        """Create up to 200 records in one call. One bad record does not stop the others.

        Raises:
            ValueError: too many records.
            OutcomeUnknown: the answer was lost; find the records by a field of theirs before anything is sent again,
                because sending again would create them twice.
        """
        return self._send_collection(object_name, "inserting", "composite/sobjects", None, records)

    def _send_collection(
        self,
        object_name: str,
        verb: str,
        path: str,
        keys: list[str] | None,
        records: Sequence[Mapping[str, Any]],
    ) -> list[RowResult]:
        if not records:
            return []
        if len(records) > LARGEST_COLLECTION:
            raise ValueError(f"at most {LARGEST_COLLECTION} records go into one call, got {len(records)}")
        if keys is not None and len({key.lower() for key in keys}) != len(keys):
            raise ValueError(f"the same {object_name} key twice in one call: Salesforce would refuse both")
        attributes = {"attributes": {"type": object_name}}
        body = encode({"allOrNone": False, "records": [{**attributes, **record} for record in records]})
        what = f"{verb.capitalize()} {len(records)} {object_name} records"
        method = "POST" if keys is None else "PATCH"
        answer = self._connection.json(what, method, path, body=body, is_write=True)
        results = collection_results([None] * len(records) if keys is None else keys, answer)
        if results is None:
            raise malformed(Attempt("salesforce", what, True), "the answer has not one row per record")
        return results

    # Bulk API 2.0

    def bulk_query(self, soql: str, directory: Path, *, include_deleted: bool = False) -> list[Path]:
        """Read a large result into CSV files, one per result page, each with its own header row. See `BulkJobs`."""
        return self._bulk.download(self.start_bulk_query(soql, include_deleted=include_deleted), directory)

    def start_bulk_query(self, soql: str, *, include_deleted: bool = False) -> str:
        """Create a query job and return its id, from which `bulk_results` can go on after a crash."""
        soql_text.refuse_child_subquery(soql)
        return self._bulk.create_query(soql, _object_of(soql), include_deleted=include_deleted)

    def bulk_results(self, job_id: str, directory: Path) -> list[Path]:
        """Wait for a query job and download all its pages."""
        return self._bulk.download(job_id, directory)

    def create_ingest_job(self, object_name: str, operation: str, key_field: str | None = None) -> str:
        """Create an empty ingest job (insert, update, upsert, delete) and return its id. Keep the id, then upload."""
        return self._bulk.create_ingest(soql_text.name(object_name), operation, key_field)

    def upload(self, job_id: str, csv: bytes) -> None:
        """Upload the one CSV of an ingest job and start it.

        Raises:
            OutcomeUnknown: the answer was lost; `job(job_id).state` tells whether it started.
        """
        self._bulk.upload(job_id, csv)

    def job(self, job_id: str) -> BulkJob:
        """Return an ingest job as it is now."""
        return self._bulk.job(job_id)

    def wait_for_job(self, job_id: str, *, timeout_seconds: float = 3600.0) -> BulkJob:
        """Poll an ingest job until it is finished, however it ended."""
        return self._bulk.wait(job_id, is_query=False, timeout_seconds=timeout_seconds)

    def ingest_results(self, job_id: str) -> list[RowResult]:
        """Return what became of every row of a finished ingest job, by key; the order is not that of the upload."""
        return self._bulk.results(job_id)

    # Metadata and permissions

    def deploy(self, zip_bytes: bytes, *, check_only: bool = False) -> DeployResult:
        """Deploy metadata (a zip with package.xml at its root) and wait for the end. All or nothing."""
        return deploy(self._connection, zip_bytes, self._sleep, check_only=check_only)

    def assign_permission_set(self, name: str) -> bool:
        """Give the integration user a permission set; return False when it had it already.

        Raises:
            NotFound: the org has no such permission set, or the login does not tell the user.
        """
        permission_set = self._first_id("PermissionSet", f"Name in {soql_text.in_list([name])}")
        user_id = self._connection.token().user_id
        if permission_set is None or user_id is None:
            missing = f"permission set {name}" if permission_set is None else "user of this login"
            raise NotFound(f"Salesforce has no {missing}.", remedy="Run `xero-sf salesforce deploy` first.")
        user, assigned = soql_text.in_list([user_id]), soql_text.in_list([permission_set])
        where = f"AssigneeId in {user} and PermissionSetId in {assigned}"
        if self._first_id("PermissionSetAssignment", where) is not None:
            return False
        body = encode({"AssigneeId": user_id, "PermissionSetId": permission_set})
        path = "sobjects/PermissionSetAssignment/"
        self._connection.json(f"Assigning permission set {name}", "POST", path, body=body, is_write=True)
        return True

    def close(self) -> None:
        """Close all connections."""
        self._connection.close()

    def __enter__(self) -> SalesforceClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _first_id(self, object_name: str, where: str) -> str | None:
        query, what = soql_text.select(["Id"], object_name, where), f"Querying {object_name}"
        answer = self._connection.json(what, "GET", "query/", params={"q": query})
        records = answer.get("records") or []
        return str(records[0]["Id"]) if records else None


def _query_page(body: bytes, what: str) -> _QueryPage:
    try:
        return msgspec.json.decode(body, type=_QueryPage)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise malformed(
            Attempt("salesforce", what, False), f"the answer of {len(body)} bytes is no query page"
        ) from None


def _record(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "attributes"}


def _object_of(query: str) -> str:
    words = query.split()
    lowered = [word.lower() for word in words]
    return words[lowered.index("from") + 1] if "from" in lowered[:-1] else "records"
