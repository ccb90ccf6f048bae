"""Reading generated records the way a careful client would: numbers as Decimal from their text, dates from
milliseconds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any


def as_json(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    parsed: list[dict[str, Any]] = json.loads(json.dumps(list(rows)), parse_float=Decimal)
    return parsed


def milliseconds(text: str) -> int:
    assert text.startswith("/Date(")
    assert text.endswith("+0000)/")
    return int(text[6:-7])


def instant(text: str) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds(text))


def day(text: str) -> date:
    moment = instant(text)
    assert (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
    return moment.date()
