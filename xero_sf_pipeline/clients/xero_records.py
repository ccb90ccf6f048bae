"""Bodies of Xero writes and the answers to them: exact numbers out, one result per element back.

xero-python turns a Decimal into a float before it writes JSON. A float's shortest text gives back every decimal of up
to 15 digits, so it carries all money there is; what it would not carry exactly is refused here instead of rounded.
Belongs here: values and shapes. Does not belong here: sending (`xero`) and what an error means (`pushing`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from xero_sf_pipeline.clients.failures import Attempt, malformed, sentence
from xero_sf_pipeline.clients.wire_json import decode
from xero_sf_pipeline.clients.xero_objects import LARGEST_BODY_BYTES, XeroObject
from xero_sf_pipeline.errors import MalformedResponse

OK, WARNING, ERROR = "OK", "WARNING", "ERROR"
HTTP_OK = 200
"""With summarizeErrors=false a write is answered so, whatever became of its elements."""
_NO_ID = "00000000-0000-0000-0000-000000000000"
"""What an element that was not saved carries in place of an id, if it carries any."""


@dataclass(frozen=True)
class XeroRowResult:
    """What became of one element of a write, by its position in the call.

    `status` is OK, WARNING (saved, but not quite as sent) or ERROR (not saved). `record` is the element as Xero shows
    it after the write, fractions as Decimal; for an ERROR it is an echo of what was sent.
    """

    position: int
    id: str | None
    status: str
    messages: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class XeroRecords:
    """One page of a collection, decoded: fractions are Decimal, dates as they came."""

    records: tuple[Mapping[str, Any], ...] = field(repr=False)
    is_last: bool


def exact_body(value: Any) -> Any:
    """Return a value as xero-python can send it without changing it: numbers that survive, days as ISO text.

    A null becomes empty text, which is how Xero clears a text (the library cannot send null).

    Raises:
        ValueError: a float (money is Decimal), a number that a float would change, or a type that JSON has not.
    """
    if isinstance(value, str | bool):
        return value
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return _exact_float(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): exact_body(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [exact_body(part) for part in value]
    raise ValueError(f"a {type(value).__name__} must not go to Xero; money is Decimal, days are dates")


def write_body(target: XeroObject, elements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the body of a PUT or POST.

    Raises:
        ValueError: nothing to send, more than 3.5 MB, or a value that cannot be sent exactly.
    """
    if not elements:
        raise ValueError(f"a write of {target.envelope} needs at least one element")
    body = {target.envelope: [exact_body(element) for element in elements]}
    size = len(json.dumps(body))
    if size > LARGEST_BODY_BYTES:
        raise ValueError(f"a body of {size:,} bytes is larger than the {LARGEST_BODY_BYTES:,} that Xero takes")
    return body


def row_results(target: XeroObject, body: bytes, sent_count: int, attempt: Attempt) -> list[XeroRowResult]:
    """Read the answer to a write with summarizeErrors=false by position.

    Raises:
        OutcomeUnknown: the answer is not one element per sent element, or an element does not tell its fate.
    """
    elements = _elements(target, _content(body, attempt), attempt)
    if len(elements) != sent_count:
        raise malformed(attempt, f"{sent_count} elements were sent and {len(elements)} came back", HTTP_OK)
    return [_row_result(target, position, element, attempt) for position, element in enumerate(elements)]


def page_records(target: XeroObject, body: bytes, page_size: int, attempt: Attempt) -> XeroRecords:
    """Read one page. A page shorter than asked for is the last, unless the answer says that more follow."""
    content = _content(body, attempt)
    elements = _elements(target, content, attempt)
    if not target.entity.is_paged:
        return XeroRecords(tuple(elements), is_last=True)
    paging = content.get("pagination") or {}
    if "page" in paging and "pageCount" in paging:
        return XeroRecords(tuple(elements), is_last=int(paging["page"]) >= int(paging["pageCount"]))
    return XeroRecords(tuple(elements), is_last=len(elements) < page_size)


def _exact_float(value: Decimal) -> float:
    if value.is_finite():
        carried = float(value)
        # json writes repr(), which is the shortest text that reads back as this float.
        if Decimal(repr(carried)) == value:
            return carried
    raise ValueError(f"the number {value} cannot be sent to Xero without changing it")


def _content(body: bytes, attempt: Attempt) -> dict[str, Any]:
    try:
        content = decode(body, system="xero", what=attempt.what)
    except MalformedResponse:
        raise malformed(attempt, f"the answer of {len(body)} bytes is not JSON", HTTP_OK) from None
    return content if isinstance(content, dict) else {}


def _elements(target: XeroObject, content: Mapping[str, Any], attempt: Attempt) -> list[dict[str, Any]]:
    elements = content.get(target.envelope)
    if not isinstance(elements, list) or not all(isinstance(element, dict) for element in elements):
        raise malformed(attempt, f"the answer has no list of {target.envelope}", HTTP_OK)
    return elements


def _row_result(target: XeroObject, position: int, element: dict[str, Any], attempt: Attempt) -> XeroRowResult:
    named = element.get(target.id_field)
    record_id = None if named in (None, "", _NO_ID) else str(named)
    messages, warnings = _texts(element.get("ValidationErrors")), _texts(element.get("Warnings"))
    status = str(element.get("StatusAttributeString") or "").upper()
    if status not in (OK, WARNING, ERROR):
        failed = messages or element.get("HasErrors") is True or element.get("HasValidationErrors") is True
        status = ERROR if failed else WARNING if warnings else OK
    if status != ERROR and record_id is None:
        raise malformed(attempt, f"element {position} neither failed nor has an id", HTTP_OK)
    return XeroRowResult(position, record_id, status, messages, warnings, element)


def _texts(entries: Any) -> tuple[str, ...]:
    """Return the messages of ValidationErrors or Warnings; either may be missing, null or empty."""
    if not isinstance(entries, list):
        return ()
    return tuple(sentence(entry.get("Message")) for entry in entries if isinstance(entry, dict))
