"""REST resources for single records: create, read, update, upsert, delete, `deleted/`, `updated/`, describe.

Belongs here: HTTP status and body shapes. Does not belong here: rules of saving (`writes`) and deleting (`deletion`).
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from xero_sf_pipeline.sandbox.salesforce.deletion import BIN_LIFE
from xero_sf_pipeline.sandbox.salesforce.describe import describe_global, describe_object, object_entry
from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused, RowRefused, RowResult, no_such_column, not_found
from xero_sf_pipeline.sandbox.salesforce.http import ApiRequest, ApiResponse, Dispatcher
from xero_sf_pipeline.sandbox.salesforce.ids import to_eighteen
from xero_sf_pipeline.sandbox.salesforce.query import address_json
from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, ObjectType
from xero_sf_pipeline.sandbox.salesforce.soql.compiler import expressions_of
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline.sandbox.salesforce.storage import quoted
from xero_sf_pipeline.sandbox.salesforce.values import datetime_to_storage, parse_datetime, to_json
from xero_sf_pipeline.sandbox.salesforce.write_faults import sabotage_of
from xero_sf_pipeline.sandbox.salesforce.writes import WriteOptions

_UPDATED_LIFE = timedelta(days=30)


def register(routes: Dispatcher) -> None:
    """Add these resources to the dispatcher."""
    one = r"/sobjects/(?P<object_name>\w+)"
    routes.add(r"/sobjects", get=_list_objects)
    routes.add(one + r"/describe", get=_describe)
    routes.add(one + r"/deleted", get=_deleted)
    routes.add(one + r"/updated", get=_updated)
    routes.add(one + r"/Id", post=_create)
    routes.add(one, get=_basic, post=_create)
    routes.add(one + r"/(?P<identity>[^/]+)", get=_read, patch=_update, delete=_delete)
    keyed = one + r"/(?P<key>\w+)/(?P<value>[^/]+)"
    routes.add(keyed, get=_read_by_key, patch=_upsert, delete=_delete_by_key)


def find_object(state: SalesforceState, name: str) -> ObjectType:
    """Return an object that the user may see. Raises 404 NOT_FOUND."""
    found = state.permissions.object(name)
    if found is None:
        raise not_found()
    return found


def options_of(request: ApiRequest, *, all_or_none: bool = False) -> WriteOptions:
    """Read what a request's headers and armed faults say about a write."""
    assign = (request.header("Sforce-Auto-Assign") or "true").lower() != "false"
    return WriteOptions(
        all_or_none=all_or_none,
        allow_duplicates=bool(request.flag_header("Sforce-Duplicate-Rule-Header", "allowSave")),
        auto_assign=assign,
        update_only=request.query.get("updateOnly", "").lower() == "true",
        sabotage=sabotage_of(request.sandbox.faults, request.method, request.full_path),
    )


def _list_objects(request: ApiRequest) -> ApiResponse:
    state = request.sandbox.salesforce
    return ApiResponse(200, describe_global(state.schema, state.permissions, request.version))


def _describe(request: ApiRequest, object_name: str) -> ApiResponse:
    state = request.sandbox.salesforce
    one = find_object(state, object_name)
    return ApiResponse(200, describe_object(state.schema, one, state.permissions, request.version))


def _basic(request: ApiRequest, object_name: str) -> ApiResponse:
    state = request.sandbox.salesforce
    one = find_object(state, object_name)
    return ApiResponse(
        200, {"objectDescribe": object_entry(one, state.permissions, request.version), "recentItems": []}
    )


def _create(request: ApiRequest, object_name: str) -> ApiResponse:
    state = request.sandbox.salesforce
    one = find_object(state, object_name)
    row = state.writer.reader.from_json(one, request.json_object())
    result = state.writer.save("insert", [row], options_of(request))[0]
    _raise_failure(result)
    location = {"Location": f"/services/data/v{request.version}/sobjects/{one.name}/{result.id}"}
    return ApiResponse(201, {"id": result.id, "success": True, "errors": []}, location)


def _update(request: ApiRequest, object_name: str, identity: str) -> ApiResponse:
    state = request.sandbox.salesforce
    one = find_object(state, object_name)
    found = _existing(state, one, identity)
    _check_unmodified(request, state, one, found)
    body = request.json_object()
    if any(name.lower() == "id" for name in body):
        raise RequestRefused(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.")
    row = state.writer.reader.from_json(one, body)
    row.id = found
    _raise_failure(state.writer.save("update", [row], options_of(request))[0])
    return ApiResponse(204)


def _upsert(request: ApiRequest, object_name: str, key: str, value: str) -> ApiResponse:
    state = request.sandbox.salesforce
    one = find_object(state, object_name)
    field = _key_field(state, one, key)
    if field.type is FieldType.ID:
        return _update(request, object_name, value)
    body = request.json_object()
    if any(name.lower() == field.name.lower() for name in body):
        raise RequestRefused(
            400, "INVALID_FIELD", f"The {field.name} field should not be specified in the sobject data."
        )
    row = state.writer.reader.from_json(one, {**body, field.name: value})
    result = state.writer.save("upsert", [row], options_of(request), field.name)[0]
    if not result.success and "matches" in result.errors[0].details:
        base = f"/services/data/v{request.version}/sobjects/{one.name}"
        return ApiResponse(300, [f"{base}/{match}" for match in result.errors[0].details["matches"]])
    _raise_failure(result)
    created = bool(result.created)
    return ApiResponse(201 if created else 200, {"id": result.id, "success": True, "errors": [], "created": created})


def _delete(request: ApiRequest, object_name: str, identity: str) -> ApiResponse:
    state = request.sandbox.salesforce
    one = find_object(state, object_name)
    found = _existing(state, one, identity)
    try:
        state.deletion.delete(one, found)
    except RowRefused as refused:
        _raise_failure(RowResult(False, errors=(refused,)))
    return ApiResponse(204)


def _delete_by_key(request: ApiRequest, object_name: str, key: str, value: str) -> ApiResponse:
    state = request.sandbox.salesforce
    one = find_object(state, object_name)
    return _delete(request, object_name, _only_match(state, one, _key_field(state, one, key), value))


def _read(request: ApiRequest, object_name: str, identity: str) -> ApiResponse:
    state = request.sandbox.salesforce
    one = find_object(state, object_name)
    names = [name.strip() for name in request.query.get("fields", "").split(",") if name.strip()]
    found = _existing(state, one, identity)
    return ApiResponse(200, record_json(state, one, found, names, request.version))


def _read_by_key(request: ApiRequest, object_name: str, key: str, value: str) -> ApiResponse:
    state = request.sandbox.salesforce
    one = find_object(state, object_name)
    return _read(request, object_name, _only_match(state, one, _key_field(state, one, key), value))


def record_json(
    state: SalesforceState, one: ObjectType, identity: str, names: list[str], version: str
) -> dict[str, Any]:
    """Return a record with the named fields, or with all that the user may see."""
    fields = [field for field in one.fields.values() if state.permissions.can_read(one, field)]
    if names:
        chosen = []
        for name in names:
            field = state.permissions.field(one, name)
            if field is None:
                raise no_such_column(name, one.name)
            chosen.append(field)
        fields = chosen if any(field.type is FieldType.ID for field in chosen) else [*chosen, one.fields["id"]]
    parts = [expressions_of(one, field, "t") for field in fields]
    columns = ", ".join(sql for group in parts for sql in group)
    row = state.storage.one(f'select {columns} from {quoted(one.name)} t where t."Id" = ?', (identity,))
    assert row is not None
    url = f"/services/data/v{version}/sobjects/{one.name}/{identity}"
    record: dict[str, Any] = {"attributes": {"type": one.name, "url": url}}
    at = 0
    for field, group in zip(fields, parts, strict=True):
        values = row[at : at + len(group)]
        at += len(group)
        is_address = field.type is FieldType.ADDRESS
        record[field.name] = address_json(field.components, values) if is_address else to_json(field, values[0])
    return record


def _deleted(request: ApiRequest, object_name: str) -> ApiResponse:
    state = request.sandbox.salesforce
    one = find_object(state, object_name)
    start, end = _span(request, state, BIN_LIFE)
    sql = (
        "select id, deleted_at from _deleted where object = ? and deleted_at >= ? and deleted_at < ?"
        " order by deleted_at"
    )
    rows = state.storage.read(sql, (one.name, datetime_to_storage(start), datetime_to_storage(end)))
    earliest = datetime_to_storage((state.clock.now() - BIN_LIFE).replace(second=0, microsecond=0))
    body = {
        "deletedRecords": [{"id": identity, "deletedDate": _rest(at)} for identity, at in rows],
        "earliestDateAvailable": _rest(earliest),
        "latestDateCovered": _rest(datetime_to_storage(end)),
    }
    return ApiResponse(200, body)


def _updated(request: ApiRequest, object_name: str) -> ApiResponse:
    state = request.sandbox.salesforce
    one = find_object(state, object_name)
    start, end = _span(request, state, _UPDATED_LIFE)
    sql = (
        f'select "Id" from {quoted(one.name)} where "SystemModstamp" >= ? and "SystemModstamp" < ?'
        ' and "IsDeleted" = 0 order by "SystemModstamp"'
    )
    rows = state.storage.read(sql, (datetime_to_storage(start), datetime_to_storage(end)))
    return ApiResponse(200, {"ids": [row[0] for row in rows], "latestDateCovered": _rest(datetime_to_storage(end))})


def _span(request: ApiRequest, state: SalesforceState, reach: timedelta) -> tuple[datetime, datetime]:
    moments = []
    for name in ("start", "end"):
        moment = parse_datetime(request.query.get(name, "").replace(" ", "+"))
        if moment is None:
            raise RequestRefused(400, "INVALID_REPLICATION_DATE", f"{name} date is not a dateTime with an offset")
        moments.append(moment.replace(second=0, microsecond=0))
    start, end = moments
    if end - start < timedelta(minutes=1):
        raise RequestRefused(
            400, "INVALID_REPLICATION_DATE", "startDate before endDate by at least one minute required"
        )
    if start < state.clock.now() - reach:
        raise RequestRefused(
            400, "INVALID_REPLICATION_DATE", f"start date cannot be more than {reach.days} days in the past"
        )
    return start, end


def _rest(stored: str) -> str:
    return stored[:-1] + "+0000"


def _existing(state: SalesforceState, one: ObjectType, identity: str) -> str:
    found = to_eighteen(identity)
    if found is None or found[:3] != one.key_prefix:
        raise RequestRefused(
            404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {identity}"
        )
    row = state.storage.one(f'select "IsDeleted" from {quoted(one.name)} where "Id" = ?', (found,))
    if row is None:
        raise not_found()
    if row[0]:
        raise RequestRefused(404, "ENTITY_IS_DELETED", "entity is deleted", ())
    return found


def _key_field(state: SalesforceState, one: ObjectType, key: str) -> Field:
    field = state.permissions.field(one, key)
    if field is None or not field.is_upsert_key:
        raise RequestRefused(404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {key}")
    return field


def _only_match(state: SalesforceState, one: ObjectType, field: Field, value: str) -> str:
    matches = state.writer.reader.matches(one, field, value)
    if not matches:
        raise not_found()
    if len(matches) > 1:
        raise RequestRefused(300, "DUPLICATE_EXTERNAL_ID", f"More than one record found: {matches}")
    return matches[0]


def _check_unmodified(request: ApiRequest, state: SalesforceState, one: ObjectType, identity: str) -> None:
    condition = request.header("If-Unmodified-Since")
    if condition is None:
        return
    sql = f'select "LastModifiedDate" from {quoted(one.name)} where "Id" = ?'
    changed = parse_datetime(state.storage.read(sql, (identity,))[0][0])
    if changed is not None and changed > parsedate_to_datetime(condition):
        raise RequestRefused(412, "PRECONDITION_FAILED", "The record was modified since the given date")


def _raise_failure(result: RowResult) -> None:
    if not result.success:
        error = result.errors[0]
        more = {name: value for name, value in error.details.items() if name == "duplicateResut"}
        raise RequestRefused(error.status, error.code, error.message, None if more else error.fields, more) from error
