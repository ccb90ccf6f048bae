"""Bulk API 2.0 jobs: their life and what is said about them. Queries and uploads share it.

Belongs here: states, polling, versions, the list of jobs. Does not belong here: results of a query (`bulk_query`) or
the rows of an upload (`bulk_ingest`).

A query's result is fixed when its job is created, an upload's rows are saved when it is closed; how long either *looks*
unfinished is set by `polls` (status requests until the end shows) and `seconds` (on the sandbox clock).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.sandbox.salesforce.bulk_results import QueryResult, QueryResults
from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused, RowResult, not_found
from xero_sf_pipeline.sandbox.salesforce.ids import make_id, to_eighteen
from xero_sf_pipeline.sandbox.salesforce.values import datetime_to_storage

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState

RESULT_LIFE = timedelta(days=7)
DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
TERMINAL = ("JobComplete", "Failed", "Aborted")


@dataclass
class Upload:
    """The rows of an ingest job and what became of each. `outcomes` has one entry per processed row, in input order."""

    content: bytes | None = None
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    outcomes: list[RowResult] = field(default_factory=list)


@dataclass
class Job:
    """One job. `state` is what a client sees; `ending` is the state it will reach.

    `assigns`: the upload named an assignment rule; without one none runs, unlike in REST.
    """

    id: str
    kind: str
    operation: str
    object: str
    version: str
    created: datetime
    user_id: str
    delimiter: str = "COMMA"
    line_ending: str = "LF"
    query: str | None = None
    key: str | None = None
    assigns: bool = False
    state: str = "UploadComplete"
    ending: str = "JobComplete"
    error: str | None = None
    polls_left: int = 1
    ready: datetime | None = None
    result: QueryResult | None = None
    upload: Upload = field(default_factory=Upload)

    @property
    def is_query(self) -> bool:
        return self.kind == "V2Query"

    def as_json(self, *, detailed: bool) -> dict[str, Any]:
        """Return the job as the API shows it; a status request shows more than the answer to its creation."""
        stamp = datetime_to_storage(self.created.replace(microsecond=0))[:-1] + "+0000"
        body: dict[str, Any] = {"id": self.id, "operation": self.operation, "object": self.object}
        body |= {"createdById": self.user_id, "createdDate": stamp, "systemModstamp": stamp, "state": self.state}
        if self.key is not None:
            body["externalIdFieldName"] = self.key
        body |= {"concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(self.version)}
        if not self.is_query:
            body["contentUrl"] = f"services/data/v{self.version}/jobs/ingest/{self.id}/batches"
        body |= {"lineEnding": self.line_ending, "columnDelimiter": self.delimiter}
        if detailed:
            body["jobType"] = self.kind
            body |= self._progress()
        if self.state == "Failed" and self.error is not None:
            body["errorMessage"] = self.error
        return body

    def _progress(self) -> dict[str, Any]:
        over = self.state in TERMINAL
        if self.is_query:
            count = self.result.count if over and self.result is not None else 0
            return {
                "numberRecordsProcessed": count,
                "retries": 0,
                "totalProcessingTime": 120 if over else 0,
                "isPkChunkingSupported": True,
            }
        outcomes = self.upload.outcomes if over else []
        return {
            "numberRecordsProcessed": len(outcomes),
            "numberRecordsFailed": sum(not one.success for one in outcomes),
            "retries": 0,
            "totalProcessingTime": 120 if over else 0,
            "apiActiveProcessingTime": 100 if over else 0,
            "apexProcessingTime": 0,
        }


class BulkJobs:
    """The jobs of one org. They live in memory: a restart of the sandbox forgets them, as seven days would."""

    def __init__(self, state: SalesforceState) -> None:
        self._state = state
        self._jobs: dict[str, Job] = {}
        self.results = QueryResults(state.storage)
        self.polls = 1
        self.seconds = 0.0
        self.page_rows: int | None = None
        """At most this many rows on a result page, whatever the caller allows: `maxRecords` is no promise."""
        self.empty_result_has_header = True
        """Whether a result without rows is the header row or nothing at all; both have been seen."""

    def new(self, kind: str, body: dict[str, Any], version: str, object_name: str) -> Job:
        """Register a job. Raises RequestRefused for options that do not exist."""
        delimiter = str(body.get("columnDelimiter", "COMMA"))
        line_ending = str(body.get("lineEnding", "LF"))
        if delimiter not in DELIMITERS or line_ending not in LINE_ENDINGS or body.get("contentType", "CSV") != "CSV":
            raise RequestRefused(400, "INVALIDJOB", f"Unsupported CSV format: {delimiter} {line_ending}")
        identity = make_id("750", self._state.storage.next_serial("750"))
        now = self._state.clock.now()
        job = Job(
            identity,
            kind,
            str(body["operation"]),
            object_name,
            version,
            now,
            self._state.user_id,
            delimiter,
            line_ending,
        )
        job.polls_left = self.polls
        if self.seconds:
            job.ready = now + timedelta(seconds=self.seconds)
        self._jobs[identity] = job
        return job

    def get(self, identity: str, kind: str) -> Job:
        """Return a job, without counting as a poll. Raises 404 for unknown and for expired ones."""
        job = self._jobs.get(to_eighteen(identity) or identity)
        if job is None or job.kind != kind or job.created + RESULT_LIFE < self._state.clock.now():
            raise not_found()
        return job

    def poll(self, job: Job) -> None:
        """Let a job move on as a status request finds it."""
        if job.state in TERMINAL or job.state == "Open":
            return
        job.polls_left -= 1
        late = job.ready is not None and self._state.clock.now() < job.ready
        job.state = "InProgress" if job.polls_left > 0 or late else job.ending

    def abort(self, job: Job) -> None:
        """Stop a job. Rows that were saved stay saved."""
        if job.state in TERMINAL:
            raise RequestRefused(400, "INVALIDJOBSTATE", f"Aborting already {job.state} Job not allowed")
        job.state = "Aborted"

    def delete(self, job: Job) -> None:
        """Forget a job. Only a finished one can go."""
        if job.state not in TERMINAL:
            raise RequestRefused(400, "INVALIDJOBSTATE", f"Deleting a job in state {job.state} is not allowed")
        del self._jobs[job.id]

    def list(self, kind: str) -> list[Job]:
        """Return all jobs of a kind, newest first."""
        return [job for job in reversed(self._jobs.values()) if job.kind == kind]

    def check_version(self, job: Job, version: str) -> None:
        """Results must be read with the API version that created the job: else 409."""
        if job.version != version:
            raise RequestRefused(
                409,
                "INVALID_API_VERSION",
                f"Results of job {job.id} must be requested with the API version of its creation, {job.version}",
            )

    def close(self) -> None:
        """Drop the result files."""
        self._jobs.clear()
        self.results.forget()
