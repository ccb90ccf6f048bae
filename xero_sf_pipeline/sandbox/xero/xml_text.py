"""Answers for callers that do not ask for JSON: Xero's default format is XML."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from xero_sf_pipeline.sandbox.xero.answers import Answer
from xero_sf_pipeline.sandbox.xero.json_text import decode
from xero_sf_pipeline.sandbox.xero.kinds import ENVELOPE, SINGULAR

_ENTRY = {ENVELOPE[name]: singular for name, singular in SINGULAR.items()}


def as_xml(answer: Answer) -> Answer:
    """Return the same answer as XML, when it is JSON."""
    if not answer.content_type.startswith("application/json"):
        return answer
    body = _element("Response", decode(answer.body))
    return Answer(body.encode(), answer.status, "text/xml; charset=utf-8", answer.headers)


def _element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(_element(key, held) for key, held in value.items())
    elif isinstance(value, list):
        inner = "".join(_element(_ENTRY.get(name, name.removesuffix("s")), held) for held in value)
    else:
        inner = escape(str(value).lower() if isinstance(value, bool) else "" if value is None else str(value))
    return f"<{name}>{inner}</{name}>"
