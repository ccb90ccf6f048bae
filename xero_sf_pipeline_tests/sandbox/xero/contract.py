"""Xero's published OpenAPI contract as JSON schemas that are stricter than the original.

Beyond the contract's own words: fields it does not name are refused unless `UNNAMED_FIELDS` lists them, and every date
must be a `/Date(ms+0000)/` text. The contract file is Xero's (MIT, see `LICENSE.xero-openapi` beside it), unchanged.
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

_FILE = Path(__file__).parents[2] / "data" / "xero_accounting.yaml.gz"
_MS_DATE = r"^/Date\(-?\d+([+-]\d{4})?\)/$"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

ENVELOPE_FIELDS = {"Id", "Status", "ProviderName", "DateTimeUTC", "pagination"}
UNNAMED_FIELDS = {
    "Invoice": {"DateString", "DueDateString", "ExpectedPaymentDateString", "PlannedPaymentDateString"},
    "CreditNote": {"ID", "DateString", "DueDateString"},
    "Overpayment": {"ID", "DateString", "HasErrors"},
    "Prepayment": {"ID", "DateString", "HasErrors"},
    "TrackingOption": {"HasValidationErrors", "IsDeleted", "IsArchived", "IsActive"},
    "HistoryRecord": {"DateUTCString"},
    "LineItem": {"ValidationErrors"},
}
"""Fields that Xero's answers carry (the contract's own examples show them) but its schemas do not name."""


@cache
def _schemas() -> dict[str, Any]:
    content = yaml.load(gzip.decompress(_FILE.read_bytes()), Loader=_LOADER)
    schemas: dict[str, Any] = content["components"]["schemas"]
    return {name: _strict(name, schema) for name, schema in schemas.items()}


def _strict(name: str, schema: Any) -> Any:
    made = _json_schema(schema)
    if "properties" in made:
        extra = UNNAMED_FIELDS.get(name, set())
        if name in made["properties"]:  # the schema of a whole answer: Invoices has a list Invoices
            extra = extra | ENVELOPE_FIELDS
        made["properties"] |= {field: True for field in extra if field not in made["properties"]}
        made["additionalProperties"] = False
    return made


def _json_schema(schema: Any) -> Any:
    """Turn an OpenAPI schema into a JSON schema; references go to the flat `$defs`."""
    if isinstance(schema, list):
        return [_json_schema(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref'].rsplit('/', 1)[1]}"}
    made = {key: _json_schema(value) for key, value in schema.items() if key not in ("example", "default", "xml")}
    if schema.get("x-is-msdate") is True or schema.get("x-is-msdate-time") is True:
        made["pattern"] = _MS_DATE
    return made


def problems(schema: str, content: Any) -> list[str]:
    """Return how an answer deviates from a component schema, one line each."""
    wrapped = {"$ref": f"#/$defs/{schema}", "$defs": _schemas()}
    validator = Draft202012Validator(wrapped, format_checker=FormatChecker(formats=["uuid"]))
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(content)]
