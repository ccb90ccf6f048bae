"""What calls to Salesforce return: plain values, no library types.

Does not belong here: sending (`salesforce`, `salesforce_bulk`, `salesforce_deploy`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FINISHED_STATES = frozenset({"JobComplete", "Failed", "Aborted"})
UNPROCESSED = "UNPROCESSED"
"""Code of a row that a stopped bulk job never reached."""


@dataclass(frozen=True)
class RowResult:
    """What became of one record. `key` is the external key that was sent (the Id for updates); `created` is known for
    upserts that succeeded only."""

    key: str | None
    id: str | None
    success: bool
    created: bool | None
    code: str | None = None
    message: str | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class BulkJob:
    """One Bulk API 2.0 job. `processed` counts failed rows too; JobComplete with failed rows is normal."""

    id: str
    object_name: str
    operation: str
    state: str
    key_field: str | None
    processed: int
    failed: int
    error_message: str | None

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED_STATES

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> BulkJob:
        """Read the job resource. Raises KeyError when it is no job."""
        return cls(
            id=str(answer["id"]),
            object_name=str(answer.get("object") or ""),
            operation=str(answer.get("operation") or ""),
            state=str(answer["state"]),
            key_field=answer.get("externalIdFieldName") or None,
            processed=int(answer.get("numberRecordsProcessed") or 0),
            failed=int(answer.get("numberRecordsFailed") or 0),
            error_message=answer.get("errorMessage") or None,
        )


@dataclass(frozen=True)
class FieldDescription:
    """One field as the integration user sees it; a field hidden from the user is not described at all."""

    name: str
    type: str
    length: int
    precision: int
    scale: int
    is_external_id: bool
    is_unique: bool
    is_createable: bool
    is_updateable: bool
    is_calculated: bool
    reference_to: tuple[str, ...]
    relationship_name: str | None
    picklist_values: tuple[str, ...]
    """Active values only."""
    is_restricted: bool = False
    """A picklist that refuses any other value."""
    is_nillable: bool = True


@dataclass(frozen=True)
class ObjectDescription:
    """One object: its fields by name, and what the integration user may do with it."""

    name: str
    fields: Mapping[str, FieldDescription]
    is_queryable: bool
    is_createable: bool
    is_updateable: bool

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> ObjectDescription:
        """Read a describe result. Raises KeyError when it is none."""
        fields = [_field(item) for item in answer["fields"]]
        return cls(
            name=str(answer["name"]),
            fields={field.name: field for field in fields},
            is_queryable=bool(answer.get("queryable")),
            is_createable=bool(answer.get("createable")),
            is_updateable=bool(answer.get("updateable")),
        )


def _field(item: Mapping[str, Any]) -> FieldDescription:
    return FieldDescription(
        name=str(item["name"]),
        type=str(item.get("type") or ""),
        length=int(item.get("length") or 0),
        precision=int(item.get("precision") or 0),
        scale=int(item.get("scale") or 0),
        is_external_id=bool(item.get("externalId")),
        is_unique=bool(item.get("unique")),
        is_createable=bool(item.get("createable")),
        is_updateable=bool(item.get("updateable")),
        is_calculated=bool(item.get("calculated")),
        reference_to=tuple(item.get("referenceTo") or ()),
        relationship_name=item.get("relationshipName"),
        picklist_values=tuple(
            value["value"] for value in item.get("picklistValues") or () if value.get("active", True)
        ),
        is_restricted=bool(item.get("restrictedPicklist")),
        is_nillable=bool(item.get("nillable", True)),
    )


@dataclass(frozen=True)
class ApiVersions:
    """What an org offers: versions such as `66.0`, oldest first, and the headers of the answer that said so."""

    versions: tuple[str, ...]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class DeployProblem:
    """One component that could not be deployed."""

    component: str
    file: str
    message: str


@dataclass(frozen=True)
class DeployResult:
    """The end of a metadata deployment. Nothing was changed unless `success`."""

    id: str
    state: str
    deployed: int
    failed: int
    problems: tuple[DeployProblem, ...]

    @property
    def success(self) -> bool:
        return self.state == "Succeeded"


def collection_results(keys: Sequence[str | None], answer: Any) -> list[RowResult] | None:
    """Read a collections answer by position; None when it is not one row per record."""
    if not isinstance(answer, list) or len(answer) != len(keys):
        return None
    return [_collection_row(key, row) for key, row in zip(keys, answer, strict=True)]


def _collection_row(key: str | None, row: Mapping[str, Any]) -> RowResult:
    errors = row.get("errors") or []
    first = errors[0] if errors else {}
    success = bool(row.get("success"))
    return RowResult(
        key=key,
        id=row.get("id"),
        success=success,
        created=row.get("created") if success else None,
        code=None if success else str(first.get("statusCode") or first.get("errorCode") or "UNKNOWN"),
        message=None if success else "; ".join(str(error.get("message") or "") for error in errors),
        fields=tuple(name for error in errors for name in error.get("fields") or ()),
    )


def ingest_rows(text: str, key_field: str | None, kind: str) -> list[RowResult]:
    """Read one of the three result files of an ingest job.

    Parsed as CSV over the whole text: line splitting would break fields with newlines in them.

    Args:
        key_field: the column that carries our key; the record's Id when None
        kind: successful, failed or unprocessed
    """
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.lower() for name in next(reader, [])]
    column = {name: position for position, name in enumerate(header)}

    def value(row: list[str], name: str | None) -> str | None:
        position = column.get((name or "").lower())
        return row[position] or None if position is not None and position < len(row) else None

    results = []
    for row in reader:
        if not row:
            continue
        code, message, fields = _ingest_error(value(row, "sf__Error") or "") if kind == "failed" else (None, None, ())
        if kind == "unprocessed":
            code, message = UNPROCESSED, "The job stopped before this row."
        results.append(
            RowResult(
                key=value(row, key_field or "Id") or (None if key_field else value(row, "sf__Id")),
                id=value(row, "sf__Id"),
                success=kind == "successful",
                created=(value(row, "sf__Created") or "").lower() == "true" if kind == "successful" else None,
                code=code,
                message=message,
                fields=fields,
            )
        )
    return results


_INGEST_ERROR = re.compile(
    r"^(?P<code>[A-Z][A-Z0-9_]*):(?P<message>.*?)(?::(?P<fields>[\w.,\s]*?)\s*--)?\s*$", re.DOTALL
)


def _ingest_error(text: str) -> tuple[str, str, tuple[str, ...]]:
    """Split `CODE:message:field,field --`. The message may hold colons and newlines."""
    match = _INGEST_ERROR.match(text)
    if match is None:
        return "UNKNOWN", text, ()
    fields = tuple(name.strip() for name in (match["fields"] or "").split(",") if name.strip())
    return match["code"], match["message"], fields
