"""Explains one write: what it changes, from what, why, what it waits for, and how its sending went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_sf_pipeline.reporting.explain.evidence import Evidence
from xero_sf_pipeline.reporting.explain.model import Comparison, Explanation, Subject

_REFERENCE = "$write"


def explain_write(evidence: Evidence, subject: Subject) -> Explanation:
    """The fields of a write, the reason that the planner gave, the rule of its kind, and its attempts."""
    found = evidence.explain(subject, {})
    planned = next((row for row in found.planned if row["write_id"] == subject.key), None)
    attempts = [row for row in found.attempts if row["write_id"] == subject.key]
    newest = attempts[0] if attempts else None
    write: Mapping[str, Any] = planned or newest or {}
    payload, before = write.get("payload") or {}, (planned or {}).get("before") or {}
    facts = {
        "kind": write.get("kind"),
        "goes to": f"{write.get('target_system')} {write.get('target_object')} {write.get('target_key')}",
        "why": (planned or {}).get("explanation"),
        "reason": (planned or {}).get("reason"),
        "made from": f"{planned['source_table']} {planned['source_id']}" if planned else None,
        "amount": (planned or {}).get("amount"),
        "currency": (planned or {}).get("currency_code"),
        "approval": (planned or {}).get("approval"),
        "waits for": ", ".join((planned or {}).get("depends_on") or ()),
        "state": newest["state"] if newest else "planned, never sent",
        "plan": (planned or {}).get("plan_id"),
        "held": (planned or {}).get("held_reason"),
    }
    kind = str(write.get("kind"))
    return evidence.explain(
        subject,
        facts,
        comparisons=tuple(
            Comparison(name, value, before.get(name), value == before.get(name), _note(value))
            for name, value in payload.items()
        ),
        rules=evidence.rules({f"automation.{kind}": "how far writes of this kind go by themselves"}),
        notes=() if planned else ("The newest plan does not hold this write; its fields are those that were sent.",),
    )


def _note(value: Any) -> str:
    if isinstance(value, Mapping) and _REFERENCE in value:
        return f"the id of the record that write {str(value[_REFERENCE])[:12]} makes"
    return ""
