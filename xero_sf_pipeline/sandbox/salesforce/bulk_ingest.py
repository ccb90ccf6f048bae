"""Bulk API 2.0 uploads: CSV rows saved in chunks of 200, each chunk its own commit.

Belongs here: the upload's CSV rules, its processing and its three result files. Does not belong here: states
(`bulk_jobs`) or saving a row (`writes`).
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.salesforce.bulk_jobs import DELIMITERS, LINE_ENDINGS, Job
from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused, RowRefused, RowResult
from xero_sf_pipeline.sandbox.salesforce.row_input import CsvRows, ParsedRow
from xero_sf_pipeline.sandbox.salesforce.schema import ObjectType
from xero_sf_pipeline.sandbox.salesforce.writes import Sabotage, WriteOptions

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState

CHUNK = 200
MAX_UPLOAD_BYTES = 100 * 1024 * 1024
"""150 MB counted in base64 (limits cheat sheet, Bulk API 2.0)."""
_OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")


def create_ingest_job(state: SalesforceState, body: dict[str, Any], version: str) -> Job:
    """Open an upload. Raises RequestRefused for an unknown object, operation or external id field."""
    operation, name = body.get("operation"), str(body.get("object", ""))
    if operation not in _OPERATIONS:
        raise RequestRefused(400, "INVALIDJOB", f"Unsupported operation for an ingest job: {operation}")
    one = state.permissions.object(name)
    if one is None or not one.bulk:
        raise RequestRefused(400, "INVALIDENTITY", f"Entity '{name}' is not supported by the Bulk API.")
    key = body.get("externalIdFieldName")
    if operation == "upsert":
        field = state.permissions.field(one, str(key)) if key else None
        if field is None or not field.is_upsert_key:
            raise RequestRefused(400, "INVALIDJOB", f"External ID was blank or is not an external id for {name}: {key}")
        key = field.name
    job = state.jobs.new("V2Ingest", body, version, one.name)
    job.state = "Open"
    job.key = key if operation == "upsert" else None
    job.assigns = body.get("assignmentRuleId") is not None
    return job


def upload(job: Job, content: bytes) -> None:
    """Take the CSV of a job: once, while it is open."""
    if job.upload.content is not None:
        raise RequestRefused(
            400,
            "CLIENT_INPUT_ERROR",
            f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' the current Job then "
            "create a new Job and make sure you only do 'PUT' once on a given Job.",
        )
    if job.state != "Open":
        raise RequestRefused(400, "INVALIDJOBSTATE", f"Upload to a job in state {job.state} is not allowed")
    if len(content) > MAX_UPLOAD_BYTES:
        raise RequestRefused(400, "LIMIT_EXCEEDED", "Maximum size of request reached. Maximum size of request is 150MB")
    job.upload.content = content


def process(state: SalesforceState, job: Job, sabotage: Sabotage | None, failure: Fault | None) -> None:
    """Close an upload and save its rows.

    Args:
        sabotage: a fault that hits single rows
        failure: a fault that ends the job as Failed after `after_rows` rows; what was saved until then stays saved
    """
    if job.state != "Open":
        raise RequestRefused(400, "INVALIDJOBSTATE", f"Job in state {job.state} cannot be closed")
    job.state = "UploadComplete"
    try:
        reader = _read(state, job)
    except RowRefused as refused:
        job.ending, job.error = "Failed", f"{refused.code} : {refused.message}"
        return
    stop = len(job.upload.rows)
    if failure is not None:
        stop = min(stop, int(failure.argument.get("after_rows", 0)))
        job.ending = "Failed"
        job.error = str(failure.argument.get("message", "InternalServerError : Unable to process the batch"))
    for start in range(0, stop, CHUNK):
        if start % 10_000 == 0:
            state.limits.batches.take()
        _save_chunk(state, job, reader, start, min(start + CHUNK, stop), sabotage)


def _read(state: SalesforceState, job: Job) -> CsvRows:
    one = state.schema.get(job.object)
    try:
        text = (job.upload.content or b"").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RowRefused("ClientInputError", f"Failed to read CSV: not UTF-8 at byte {error.start}") from None
    first_line = text.partition("\n")[0]
    if text and (job.line_ending == "CRLF") != first_line.endswith("\r"):
        raise RowRefused(
            "ClientInputError",
            f"LineEnding is invalid on user data. Current LineEnding setting is {job.line_ending}",
        )
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[job.delimiter], strict=True)
    try:
        table = [row for row in rows if row]
    except csv.Error as error:
        raise RowRefused("ClientInputError", f"Failed to parse CSV: {error}") from None
    if not table:
        raise RowRefused("InvalidBatch", "Field name not found : (the upload has no header)")
    job.upload.header, job.upload.rows = table[0], table[1:]
    width = len(job.upload.header)
    for number, row in enumerate(job.upload.rows, start=2):
        if len(row) != width:
            raise RowRefused("ClientInputError", f"Row {number} has {len(row)} columns, the header has {width}")
    reader = CsvRows(state.writer.reader, state.permissions, state.schema, one, job.upload.header)
    _check_header(job, reader, one)
    return reader


def _check_header(job: Job, reader: CsvRows, one: ObjectType) -> None:
    plain = {column.field.name for column in reader.columns if column.target is None}
    if len(plain) + sum(column.target is not None for column in reader.columns) != len(reader.columns):
        raise RowRefused("InvalidBatch", "Duplicate column in header")
    if job.operation in ("delete", "hardDelete") and plain != {"Id"}:
        raise RowRefused("InvalidBatch", f"The '{job.operation}' batch must contain only ids")
    if job.operation == "update" and "Id" not in plain:
        raise RowRefused("InvalidBatch", "Field name not found : Id")
    if job.operation == "upsert" and job.key not in plain:
        raise RowRefused("InvalidBatch", f"Field name not found : {job.key}")


def _save_chunk(
    state: SalesforceState, job: Job, reader: CsvRows, start: int, end: int, sabotage: Sabotage | None
) -> None:
    with state.storage.transaction():
        rows = [reader.row(cells) for cells in job.upload.rows[start:end]]
        if job.operation in ("delete", "hardDelete"):
            job.upload.outcomes += [_delete(state, job, row, start + i, sabotage) for i, row in enumerate(rows)]
            return

        def shifted(position: int, row: ParsedRow) -> RowRefused | None:
            return None if sabotage is None else sabotage(start + position, row)

        options = WriteOptions(auto_assign=job.assigns, sabotage=shifted)
        job.upload.outcomes += state.writer.save(job.operation, rows, options, job.key)


def _delete(state: SalesforceState, job: Job, row: ParsedRow, position: int, sabotage: Sabotage | None) -> RowResult:
    try:
        if row.error is not None:
            raise row.error
        fault = sabotage(position, row) if sabotage is not None else None
        if fault is not None:
            raise fault
        if row.id is None:
            raise RowRefused("MISSING_ARGUMENT", "Id not specified in a delete call", ("Id",))
        state.deletion.delete(row.object, row.id, hard=job.operation == "hardDelete")
        return RowResult(True, row.id)
    except RowRefused as refused:
        return RowResult(False, row.id, errors=(refused,))


def results_csv(job: Job, kind: str) -> bytes:
    """Return one of the result files: successfulResults, failedResults or unprocessedrecords.

    Rows come in no particular order, as from the real API, and only with the columns of the upload.
    """
    outcomes, rows, header = job.upload.outcomes, job.upload.rows, job.upload.header
    if kind == "unprocessedrecords":
        left = [] if job.state == "JobComplete" else rows[len(outcomes) :]
        return _csv(job, header, left)
    wanted = kind == "successfulResults"
    order = [i for i, outcome in enumerate(outcomes) if outcome.success == wanted]
    random.Random(job.id).shuffle(order)  # noqa: S311 - a stable order that is not the input's
    if wanted:
        lines = ([outcomes[i].id, _created(job, outcomes[i]), *rows[i]] for i in order)
        return _csv(job, ["sf__Id", "sf__Created", *header], lines)
    failed = ([outcomes[i].id or "", _error(outcomes[i]), *rows[i]] for i in order)
    return _csv(job, ["sf__Id", "sf__Error", *header], failed)


def _created(job: Job, outcome: RowResult) -> str:
    return "true" if job.operation == "insert" or outcome.created else "false"


def _error(outcome: RowResult) -> str:
    error = outcome.errors[0]
    fields = ",".join(error.fields)
    return f"{error.code}:{error.message}:{fields}{' ' if fields else ''}--"


def _csv(job: Job, header: list[str], rows: Iterable[list[Any]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(
        buffer,
        delimiter=DELIMITERS[job.delimiter],
        lineterminator=LINE_ENDINGS[job.line_ending],
        quoting=csv.QUOTE_ALL,
    )
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue().encode()
