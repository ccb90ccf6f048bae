"""Fields that follow each other: contact details and the policy's mappings.

Reads mapping.field_values and agreed_values. What a decided field changes on a Salesforce record joins the other flows'
changes of that record; what it changes on a Xero record is asked for by the flow that writes such records
(`MappedFields`), and what no flow asked for is planned at the end. Belongs here: turning decided fields into writes.
Does not belong here: who wins (`sql/plan/field_decisions.sql`), values (`mapping`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from xero_sf_pipeline.mapping.values import PairedRecords, merged, salesforce_fields, xero_fields_of
from xero_sf_pipeline.planning.field_updates import FieldUpdate, load_field_updates
from xero_sf_pipeline.planning.kinds import XERO, Reason, WriteKind
from xero_sf_pipeline.planning.templates import one_line
from xero_sf_pipeline.planning.writes import PlannedWrite, load_candidates, rows_of
from xero_sf_pipeline.warehouse.mapped_fields import field_values
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from xero_sf_pipeline.planning.desk import PlanDesk
    from xero_sf_pipeline.policy import Policy
    from xero_sf_pipeline.policy.mappings import FieldMapping

Row = Mapping[str, Any]

_SALESFORCE_KINDS = {
    "Account": WriteKind.ACCOUNT_UPDATE,
    "Contact": WriteKind.CONTACT_UPSERT,
    "Opportunity": WriteKind.OPPORTUNITY_UPDATE,
    "Product2": WriteKind.PRODUCT_UPDATE,
}
_XERO_KINDS = {
    "Contact": WriteKind.XERO_CONTACT_UPDATE,
    "Invoice": WriteKind.INVOICE_UPDATE,
    "Item": WriteKind.ITEM_UPDATE,
}
_KEY_FIELDS = {"Contact": "ContactID", "Invoice": "InvoiceID", "Item": "ItemID"}


@dataclass(frozen=True)
class Part:
    """What mapped fields change on one record. `payload` and `before` name the same fields."""

    payload: Mapping[str, Any]
    before: Mapping[str, Any]
    told: str


class MappedFields:
    """What mappings have to say about records that other flows create or change in this plan.

    Nothing is read while the policy maps nothing of the kind.
    """

    def __init__(self, connection: DuckDBPyConnection, policy: Policy) -> None:
        self._connection = connection
        self._mappings = policy.mappings
        self._changes: dict[str, dict[str, list[Row]]] = {}
        self._sources: dict[str, dict[str, PairedRecords]] = {}

    def new_in_salesforce(self, sf_object: str, xero_object: str, xero_key: str) -> dict[str, Any]:
        """Return the mapped fields of a Salesforce record that is made of Xero's; empty when there are none."""
        mappings = [one for one in self._of(sf_object, xero_object) if one.writes_salesforce]
        if not mappings:
            return {}
        source = self._source(f"xero_{xero_object.lower()}").get(xero_key)
        return salesforce_fields(mappings, source) if source else {}

    def new_in_xero(self, sf_object: str, xero_object: str, sf_record_id: str) -> dict[str, Any]:
        """Return the mapped fields of a Xero record that is made of Salesforce's; empty when there are none."""
        mappings = [one for one in self._of(sf_object, xero_object) if one.writes_xero]
        if not mappings:
            return {}
        source = self._source(f"salesforce_{sf_object.lower()}").get(sf_record_id)
        return xero_fields_of(mappings, source) if source else {}

    def take_xero_change(self, xero_object: str, xero_key: str) -> Part | None:
        """Return what changes on a Xero record, for the flow that is about to write it; it is not planned twice."""
        if not any(one.writes_xero for one in self._mappings if one.objects[1] == xero_object):
            return None
        rows = self._decided(xero_object, "to_xero").pop(xero_key, None)
        return _xero_part(rows) if rows else None

    def list_mirror_changes(self) -> None:
        """Create temp.mapped_documents(document_key): documents whose copy in Salesforce lacks mapped values."""
        self._connection.execute("create or replace temp table mapped_documents (document_key varchar)")
        if self._has_mirror:
            self._connection.execute(
                "insert into mapped_documents select distinct xero_key from field_decisions "
                "where sf_object = 'Xero_Invoice__c' and decision = 'to_salesforce'"
            )

    def mirror_change(self, document_key: str) -> Part | None:
        """Return what changes on our copy of a document, or is on it from the start."""
        if not self._has_mirror:
            return None
        rows = self._decided("Xero_Invoice__c", "to_salesforce").get(document_key)
        return _salesforce_part(rows) if rows else None

    def left_for_xero(self, xero_object: str) -> Iterator[list[Row]]:
        """Yield the changes of each Xero record that no flow asked for, in the order of their keys."""
        if any(one.writes_xero for one in self._mappings if one.objects[1] == xero_object):
            decided = self._decided(xero_object, "to_xero")
            for key in sorted(decided):
                yield decided[key]

    @property
    def _has_mirror(self) -> bool:
        return any(one.pair.is_mirror for one in self._mappings)

    def _of(self, sf_object: str, xero_object: str) -> list[FieldMapping]:
        return [one for one in self._mappings if one.objects == (sf_object, xero_object)]

    def _decided(self, object_name: str, decision: str) -> dict[str, list[Row]]:
        if object_name not in self._changes:
            side = "xero_object" if decision == "to_xero" else "sf_object"
            # Read at once: flows ask while they read rows of their own, of which there can be one reading at a time.
            found = self._connection.sql(
                f"from field_decisions where decision = $decision and {side} = $object order by xero_key, field",
                params={"decision": decision, "object": object_name},
            )
            rows = found.to_arrow_table().to_pylist()
            self._changes[object_name] = {
                key: list(group) for key, group in groupby(rows, key=lambda row: row["xero_key"])
            }
        return self._changes[object_name]

    def _source(self, name: str) -> dict[str, PairedRecords]:
        if name not in self._sources:
            rows = self._connection.execute(sql("mapping", f"new_{name}")).fetchall()
            self._sources[name] = {
                key: PairedRecords(_object(xero_record), field_values(sf_fields), None, country_code)
                for key, xero_record, sf_fields, country_code in rows
            }
        return self._sources[name]


def plan_mapped_fields(desk: PlanDesk) -> None:
    """Decide every field, and plan those of Salesforce records and of Xero contacts; nothing while there are none."""
    rules, mappings = desk.policy.parties, desk.policy.mappings
    connection = desk.connection
    by_field = [("Contact", field, rule) for field, rule in rules.fields.rules().items()] if rules.enabled else []
    by_field += [(mapping.objects[1], mapping.field, mapping.effective_rule.value) for mapping in mappings]
    if not by_field:
        return
    connection.execute(
        "create or replace temp table field_rules as select unnest($objects::varchar[]) as xero_object, "
        "unnest($fields::varchar[]) as field, unnest($rules::varchar[]) as rule",
        dict(zip(("objects", "fields", "rules"), map(list, zip(*by_field, strict=True)), strict=True)),
    )
    connection.execute(sql("plan", "field_decisions"), {"now": desk.now})
    to_salesforce = (
        "from field_decisions where decision = 'to_salesforce' and sf_object <> 'Xero_Invoice__c' "
        "order by xero_key, field"
    )
    load_field_updates(connection, map(salesforce_update, rows_of(connection, to_salesforce)))
    to_contacts = "from field_decisions where decision = 'to_xero' and xero_object = 'Contact' order by xero_key, field"
    load_candidates(connection, xero_updates(rows_of(connection, to_contacts)))
    connection.execute(sql("plan", "field_exclusions"), {"plan_id": desk.plan_id})


def plan_fields_left(desk: PlanDesk) -> None:
    """Plan the mapped fields of drafts and items that no other flow changes; the last of the flows."""
    for xero_object in ("Invoice", "Item"):
        load_candidates(desk.connection, map(_xero_update, list(desk.mapped.left_for_xero(xero_object))))
    desk.connection.execute("drop table if exists temp.field_decisions")
    desk.connection.execute("drop table if exists temp.field_rules")


def salesforce_update(row: Row) -> FieldUpdate:
    """Return one field's part in the update of a Salesforce record."""
    reason = _reason(row, "sf_value", "has_xero_moved")
    kind = _SALESFORCE_KINDS[row["sf_object"]]
    return FieldUpdate(
        kind=kind.value,
        target_object=row["sf_object"],
        target_key=row["sf_record_id"],
        tenant_id=row["tenant_id"],
        source_table="mapping.field_values",
        source_id=row["xero_key"],
        payload=_object(row["to_salesforce"]),
        before=_object(row["salesforce_before"]),
        reason=reason.value,
        explanation=f"{kind.value}/{reason.value}: {_told(row, 'Salesforce', 'sf_text', 'Xero', 'xero_text')}",
        target_updated_us=_microseconds(row["sf_updated_at"]),
    )


def xero_updates(rows: Iterable[Row]) -> Iterator[PlannedWrite]:
    """Yield one write per Xero record for all of its fields; rows come in the order of their record."""
    for _, group in groupby(rows, key=lambda row: row["xero_key"]):
        yield _xero_update(list(group))


def _xero_update(rows: list[Row]) -> PlannedWrite:
    """Return the write of one Xero record for all of its fields.

    Only what changes is sent: of Phones and Addresses the one entry, whole, because Xero keeps the entries of other
    types and it is not documented what becomes of the parts that an entry leaves out.
    """
    first, part = rows[0], _xero_part(rows)
    xero_object = first["xero_object"]
    kind, reason = _XERO_KINDS[xero_object].value, _reason(first, "xero_value", "has_sf_moved")
    return PlannedWrite(
        kind=kind,
        target_system=XERO,
        target_object=xero_object,
        action="update",
        target_key_field=_KEY_FIELDS[xero_object],
        target_key=first["xero_key"],
        target_id=first["xero_record_id"],
        tenant_id=first["tenant_id"],
        source_table="mapping.field_values",
        source_id=first["xero_key"],
        payload=part.payload,
        before=part.before,
        reason=reason.value,
        explanation=f"{kind}/{reason.value}: {part.told}",
        target_updated_us=_microseconds(first["xero_updated_at"]),
    )


def _xero_part(rows: list[Row]) -> Part:
    payload: dict[str, Any] = {}
    before: dict[str, Any] = {}
    for row in rows:
        wanted, present = _object(row["to_xero"]), _object(row["xero_before"])
        payload = _joined(payload, wanted, present)
        before |= present
    return Part(payload, before, " ".join(_told(row, "Xero", "xero_text", "Salesforce", "sf_text") for row in rows))


def _salesforce_part(rows: list[Row]) -> Part:
    payload: dict[str, Any] = {}
    before: dict[str, Any] = {}
    for row in rows:
        payload |= _object(row["to_salesforce"])
        before |= _object(row["salesforce_before"])
    return Part(payload, before, " ".join(_told(row, "Salesforce", "sf_text", "Xero", "xero_text") for row in rows))


def _joined(one: Mapping[str, Any], other: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Two changes of one record. Of an object that both send whole, each brings only what it changes."""
    found = dict(one)
    for name, value in other.items():
        present = before.get(name)
        if isinstance(found.get(name), Mapping) and isinstance(value, Mapping):
            unchanged = present if isinstance(present, Mapping) else {}
            changed = {part: inner for part, inner in value.items() if inner != unchanged.get(part)}
            found[name] = merged(found[name], changed)
        else:
            found[name] = value
    return found


_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def _reason(row: Row, target_value: str, has_source_moved: str) -> Reason:
    if row[target_value] is None:
        return Reason.DETAIL_MISSING
    return Reason.DETAIL_CHANGED if row[has_source_moved] else Reason.DETAIL_DIFFERS


def _told(row: Row, target: str, target_text: str, source: str, source_text: str) -> str:
    present = f'"{row[target_text]}"' if row[target_text] else "nothing"
    both = " Both had changed." if row["has_xero_moved"] and row["has_sf_moved"] else ""
    value = f'"{row[source_text]}"' if row[source_text] else "nothing"
    return (
        f"{_words(row['field'])} of {one_line(row['subject'] or '')} is {present} in {target} and "
        f"{value} in {source} ({row['rule']}).{both}"
    )


def _words(field: str) -> str:
    """A detail in words, a mapped field by its name."""
    return field if "." in field else field.replace("_", " ")


def _object(text: str | None) -> dict[str, Any]:
    return dict(_decoder.decode(text)) if text else {}


def _microseconds(instant: Any) -> int | None:
    return None if instant is None else int(instant.timestamp()) * 1_000_000 + int(instant.microsecond)
