"""Answers "why does this field say 4,210.55": source rows, rule, run and push, for any key that a person has at hand.

Belongs here: finding out what a key means, and which module explains it. Does not belong here: printing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.errors import NotFound
from xero_sf_pipeline.reporting.explain import documents, records, writes
from xero_sf_pipeline.reporting.explain.evidence import Evidence
from xero_sf_pipeline.reporting.explain.fields import FIELD_KEY, KINDS, of_field
from xero_sf_pipeline.reporting.explain.model import Comparison, Explanation, Figure, Part, Rule, Subject
from xero_sf_pipeline.reporting.inputs import define_inputs

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import Policy

__all__ = ["Comparison", "Explanation", "Figure", "Part", "Rule", "Subject", "explain"]

EXPLAINERS: Mapping[str, Callable[[Evidence, Subject], Explanation]] = {
    "invoice": documents.explain_invoice,
    "credit": documents.explain_credit,
    "payment": documents.explain_payment,
    "contact": documents.explain_contact,
    "account": records.explain_account,
    "opportunity": records.explain_opportunity,
    "case": records.explain_case,
    "task": records.explain_record,
    "person": records.explain_record,
    "quote": records.explain_record,
    "organisation": records.explain_record,
    "write": writes.explain_write,
}
"""Kind of record -> who explains it."""


def explain(connection: DuckDBPyConnection, policy: Policy, key: str) -> Explanation | list[Subject]:
    """Explain what a key means, or list what it could mean when that is not one thing.

    Args:
        connection: a snapshot; read only is enough.
        key: an id, an invoice key or number, a name, a write id or its first 8 characters, our reference, one of these
            after `KIND:`, or a field of a record as `Object.Field:id`.

    Raises:
        NotFound: nothing in the snapshot is called so; what is spelled alike is named.
    """
    define_inputs(connection)
    evidence = Evidence(connection, policy)
    field = FIELD_KEY.match(key)
    if field and field["object"] in KINDS:
        kinds = KINDS[field["object"]]
        subjects = [one for one in _subjects(evidence, field["id"], None) if one.kind in kinds]
        found = _the_one(evidence, subjects, key)
        return of_field(found, field["object"], field["field"]) if isinstance(found, Explanation) else found
    kind, _, rest = key.partition(":")
    subjects = _subjects(evidence, rest, kind) if kind in EXPLAINERS and rest else _subjects(evidence, key, None)
    return _the_one(evidence, subjects, key)


def _subjects(evidence: Evidence, key: str, kind: str | None) -> list[Subject]:
    rows = evidence.rows("subjects", key=key.strip(), kind=kind)
    return [Subject(row["kind"], row["record_key"], row["record_name"] or "") for row in rows]


def _the_one(evidence: Evidence, subjects: list[Subject], key: str) -> Explanation | list[Subject]:
    if len(subjects) == 1:
        return EXPLAINERS[subjects[0].kind](evidence, subjects[0])
    if subjects:
        return subjects
    alike = [f"{row['kind']}:{row['record_name']}" for row in evidence.rows("suggestions", key=key.strip())]
    raise NotFound(
        f"Nothing in the snapshot is called {key!r}.",
        remedy=f"Spelled alike: {', '.join(alike)}"
        if alike
        else "An id, a number, a name or Object.Field:id is asked for.",
    )
