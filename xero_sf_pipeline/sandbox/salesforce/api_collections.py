"""sObject Collections: up to 200 records per call, each with its own result in request order.

Belongs here: the shapes of bodies and results. Row errors carry `statusCode` here, `errorCode` everywhere else.
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

from itertools import groupby
from typing import Any

from xero_sf_pipeline.sandbox.salesforce.api_records import find_object, options_of, record_json
from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused, RowRefused, RowResult
from xero_sf_pipeline.sandbox.salesforce.http import ApiRequest, ApiResponse, Dispatcher
from xero_sf_pipeline.sandbox.salesforce.ids import to_eighteen
from xero_sf_pipeline.sandbox.salesforce.row_input import ParsedRow
from xero_sf_pipeline.sandbox.salesforce.schema import ObjectType
from xero_sf_pipeline.sandbox.salesforce.storage import quoted
from xero_sf_pipeline.sandbox.salesforce.write_faults import sabotage_of

MAX_RECORDS = 200
MAX_CHUNKS = 10
MAX_RETRIEVE = 2000


def register(routes: Dispatcher) -> None:
    """Add these resources to the dispatcher."""
    base = r"/composite/sobjects"
    routes.add(base, post=_insert, patch=_update, delete=_delete)
    routes.add(base + r"/(?P<object_name>\w+)", get=_retrieve, post=_retrieve)
    routes.add(base + r"/(?P<object_name>\w+)/(?P<key>\w+)", patch=_upsert)


def _insert(request: ApiRequest) -> ApiResponse:
    return _save(request, "insert")


def _update(request: ApiRequest) -> ApiResponse:
    return _save(request, "update")


def _upsert(request: ApiRequest, object_name: str, key: str) -> ApiResponse:
    state = request.sandbox.salesforce
    one = find_object(state, object_name)
    field = state.permissions.field(one, key)
    if field is None or not field.is_upsert_key:
        raise RequestRefused(404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {key}")
    return _save(request, "upsert", one, field.name)


def _save(request: ApiRequest, operation: str, only: ObjectType | None = None, key: str | None = None) -> ApiResponse:
    state = request.sandbox.salesforce
    body = request.json_object()
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise RequestRefused(400, "JSON_PARSER_ERROR", "The request must have a list of records")
    if len(records) > MAX_RECORDS:
        raise _too_many(MAX_RECORDS)
    objects = [_object_of(request, record, only) for record in records]
    if sum(1 for _ in groupby(objects, key=lambda one: one.name)) > MAX_CHUNKS:
        raise RequestRefused(
            400, "LIMIT_EXCEEDED", f"Cannot have more than {MAX_CHUNKS} chunks in a single operation. Sort by type."
        )
    rows = [state.writer.reader.from_json(one, record) for one, record in zip(objects, records, strict=True)]
    all_or_none = bool(body.get("allOrNone", False))
    results = state.writer.save(operation, rows, options_of(request, all_or_none=all_or_none), key)
    return ApiResponse(200, [result_json(result) for result in results])


def _object_of(request: ApiRequest, record: dict[str, Any], only: ObjectType | None) -> ObjectType:
    name = (record.get("attributes") or {}).get("type") or (only.name if only is not None else None)
    if name is None:
        raise RequestRefused(400, "INVALID_FIELD", "Each record must have attributes with a type")
    found = request.sandbox.salesforce.permissions.object(str(name))
    if found is None:
        raise RequestRefused(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
    if only is not None and found.name != only.name:
        raise RequestRefused(400, "INVALID_TYPE", f"All records must be of type {only.name}")
    return found


def result_json(result: RowResult) -> dict[str, Any]:
    """Return one entry of a collection's answer."""
    if result.success:
        body: dict[str, Any] = {"id": result.id, "success": True, "errors": []}
    else:
        errors = [
            {"statusCode": error.code, "message": error.message, "fields": list(error.fields)}
            for error in result.errors
        ]
        body = {"success": False, "errors": errors}
        if result.id is not None:
            body["id"] = result.id
    if result.created is not None:
        body["created"] = result.created
    return body


def _delete(request: ApiRequest) -> ApiResponse:
    state = request.sandbox.salesforce
    ids = [identity for identity in request.query.get("ids", "").split(",") if identity]
    if len(ids) > MAX_RECORDS:
        raise _too_many(MAX_RECORDS)
    sabotage = sabotage_of(request.sandbox.faults, request.method, request.full_path)
    results: list[RowResult] = []
    try:
        with state.storage.transaction():
            for position, identity in enumerate(ids):
                results.append(_delete_one(request, position, identity, sabotage))
            if request.query.get("allOrNone", "").lower() == "true" and not all(one.success for one in results):
                raise _RolledBackError
    except _RolledBackError:
        victim = RowRefused(
            "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "Record rolled back because not all records were valid and the request was using AllOrNone header",
        )
        results = [RowResult(False, one.id, errors=(victim,)) if one.success else one for one in results]
    return ApiResponse(200, [result_json(result) for result in results])


class _RolledBackError(Exception):
    pass


def _delete_one(request: ApiRequest, position: int, identity: str, sabotage: Any) -> RowResult:
    state = request.sandbox.salesforce
    found = to_eighteen(identity)
    one = None if found is None else state.schema.by_prefix(found[:3])
    try:
        if found is None or one is None or state.permissions.object(one.name) is None:
            raise RowRefused("MALFORMED_ID", f"malformed id {identity}")
        fault = None if sabotage is None else sabotage(position, ParsedRow(one, found))
        if fault is not None:
            raise fault
        state.deletion.delete(one, found)
        return RowResult(True, found)
    except RowRefused as refused:
        return RowResult(False, found, errors=(refused,))


def _retrieve(request: ApiRequest, object_name: str) -> ApiResponse:
    state = request.sandbox.salesforce
    one = find_object(state, object_name)
    if request.method == "POST":
        body = request.json_object()
        ids, names = body.get("ids") or [], body.get("fields") or []
    else:
        ids = [identity for identity in request.query.get("ids", "").split(",") if identity]
        names = [name for name in request.query.get("fields", "").split(",") if name]
    if len(ids) > MAX_RETRIEVE:
        raise _too_many(MAX_RETRIEVE)
    if not names:
        raise RequestRefused(400, "INVALID_FIELD", "The request must name fields")
    records = []
    for identity in ids:
        found = to_eighteen(identity)
        live = f'select 1 from {quoted(one.name)} where "Id" = ? and "IsDeleted" = 0'
        known = found is not None and state.storage.one(live, (found,)) is not None
        records.append(record_json(state, one, found, list(names), request.version) if known and found else None)
    return ApiResponse(200, records)


def _too_many(limit: int) -> RequestRefused:
    return RequestRefused(
        400, "EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {limit} records into this call"
    )
