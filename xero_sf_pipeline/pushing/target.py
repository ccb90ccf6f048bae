"""What the pusher needs from Salesforce, as protocols.

The client of `clients/salesforce.py` satisfies them, and so does an in-memory stand-in. Belongs here: the calls and the
shapes of their answers. Does not belong here: HTTP, retries, the meaning of an error code (`outcomes.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class RowAnswer(Protocol):
    """What Salesforce said about one record of a call or of a bulk job."""

    @property
    def key(self) -> str | None:
        """The external key of the record; set by bulk results, whose order is not the order of the input."""

    @property
    def id(self) -> str | None:
        """The record id, when the record was written or is known."""

    @property
    def success(self) -> bool: ...

    @property
    def created(self) -> bool | None: ...

    @property
    def code(self) -> str | None:
        """Salesforce's status code, for instance UNABLE_TO_LOCK_ROW."""

    @property
    def message(self) -> str | None: ...

    @property
    def fields(self) -> tuple[str, ...]: ...


class JobAnswer(Protocol):
    """The state of a Bulk API 2.0 ingest job: Open, UploadComplete, InProgress, JobComplete, Failed or Aborted."""

    @property
    def state(self) -> str: ...

    @property
    def error_message(self) -> str | None: ...


class SalesforceTarget(Protocol):
    """The calls that a push makes. Each raises the types of `errors.py` when the call as a whole fails."""

    def upsert(self, object_name: str, key_field: str, records: Sequence[Mapping[str, Any]]) -> Sequence[RowAnswer]:
        """Create or update at most 200 records by external key in one call; answers are in the order of the input."""

    def update(self, object_name: str, records: Sequence[Mapping[str, Any]]) -> Sequence[RowAnswer]:
        """Update at most 200 records by `Id` in one call; answers are in the order of the input."""

    def insert(self, object_name: str, records: Sequence[Mapping[str, Any]]) -> Sequence[RowAnswer]:
        """Create at most 200 records in one call; answers are in the order of the input. Never safe to repeat."""

    def retrieve(
        self, object_name: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[str, Mapping[str, Any] | None]:
        """Read at most 2,000 records by id in one call; a record that is gone is absent or None."""

    def find_by_key(
        self, object_name: str, key_field: str, keys: Sequence[str], fields: Sequence[str]
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Read the records that carry these external keys."""

    def create_ingest_job(self, object_name: str, operation: str, key_field: str | None) -> str:
        """Make an empty bulk job (`upsert` by `key_field`, or `update` by Id) and return its id."""

    def upload(self, job_id: str, csv: bytes) -> None:
        """Upload the rows of a job and close it, so that Salesforce starts to work on it."""

    def job(self, job_id: str) -> JobAnswer:
        """Read the state of a job."""

    def ingest_results(self, job_id: str) -> Sequence[RowAnswer]:
        """Read the result rows of a finished job, in any order; rows that were never processed may be absent."""
