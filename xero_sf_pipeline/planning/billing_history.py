"""What we sent for an instalment, as the ledger remembers it.

Belongs here: reading confirmed payloads back. Does not belong here: what follows from them (`billing.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from xero_sf_pipeline.planning.billing_lines import Line
from xero_sf_pipeline.planning.kinds import WriteKind

_object = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_list = msgspec.json.Decoder(list[dict[str, Any]], float_hook=Decimal)


@dataclass
class SentInvoice:
    """What our confirmed writes said about one invoice: its fields, and the lines that the deal wanted."""

    fields: dict[str, Any] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    confirmed_at: datetime | None = None


@dataclass
class Sent:
    """All that was sent for an instalment: invoices by target key, and the lines of credit notes that still count."""

    invoices: dict[str, SentInvoice] = field(default_factory=dict)
    credited: list[Line] = field(default_factory=list)
    credit_note_count: int = 0


def sent(written: Sequence[Mapping[str, Any]] | None) -> Sent:
    """Read the confirmed writes of an instalment, oldest first."""
    found = Sent()
    for row in written or ():
        payload = _object.decode(row["payload"])
        lines = _list.decode(row["wanted"]) if row["wanted"] else payload.get("LineItems")
        if row["kind"] == WriteKind.CREDIT_NOTE_CREATE.value:
            found.credit_note_count += 1
            if not row["is_gone"]:
                found.credited += lines or []
            continue
        invoice = found.invoices.setdefault(row["target_key"], SentInvoice())
        invoice.fields |= payload
        invoice.confirmed_at = row["confirmed_at"]
        if lines is not None:
            invoice.lines = lines
    return found
