"""Texts with named fields: `Overdue invoice {invoice_number}`.

Only plain names in braces are understood; attributes, indexes, conversions and format codes are refused, so a template
can never reach into an object. Belongs here: parsing, checking, filling, cutting to length. Does not belong here: the
values (`case_texts.py`) and the default templates (`policy.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

TEMPLATE_FIELDS: Mapping[str, str] = {
    "invoice_number": "number of the invoice in Xero",
    "reference": "reference of the invoice",
    "contact_name": "name of the Xero contact",
    "account_name": "name of the Salesforce account, or of the contact when there is none yet",
    "organisation_name": "name of the Xero organisation",
    "currency_code": "ISO code of the invoice's currency",
    "amount_total": "total of the invoice",
    "amount_due": "what is unpaid",
    "amount_unallocated_credit": "the contact's credit that covers a part of it",
    "amount_due_net": "what is unpaid after that credit",
    "issued_on": "invoice date",
    "due_on": "due date; the oldest one of an account",
    "days_overdue": "whole days since the due date",
    "as_of_on": "the day for which days_overdue was counted, in the organisation's time zone",
    "stage": "stage of the escalation ladder",
    "link": "address of the invoice in Xero",
    "invoice_count": "number of overdue invoices",
    "invoices": "one line per overdue invoice, oldest first",
    "resolution": "why the case is closed",
    "evidence": "payments and credits that settled the invoice, one per line",
}

ELLIPSIS = "…"


@dataclass(frozen=True)
class TextTemplate:
    """A checked template, taken apart once and filled many times."""

    parts: tuple[tuple[str, str | None], ...]
    fields: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> TextTemplate:
        """Take a template apart. `template_problem` says beforehand whether it is sound."""
        parts = tuple((literal, name) for literal, name, _, _ in Formatter().parse(text))
        return cls(parts, frozenset(name for _, name in parts if name is not None))

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with every field replaced; values are never read as templates again."""
        return "".join([literal + (values[name] if name is not None else "") for literal, name in self.parts])


def template_problem(text: str) -> str | None:
    """Say what is wrong with a template and what is allowed, or None when it is sound."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        return f"{error}: write a field as {{invoice_number}}, and a brace itself as {{{{ or }}}}"
    for _, name, specification, conversion in parts:
        if name is None:
            continue
        if specification or conversion:
            return f"the field {{{name}}} has a format code; fields are written as plain names"
        if name not in TEMPLATE_FIELDS:
            return f"the field {{{name}}} does not exist; allowed are {', '.join(TEMPLATE_FIELDS)}"
    return None


def length(text: str) -> int:
    """Return the length as Salesforce counts it: a character outside the basic plane (an emoji) counts as two."""
    return len(text) + sum(character > "\uffff" for character in text) if not text.isascii() else len(text)


def cut(text: str, longest: int) -> str:
    """Return the text, cut to `longest` as Salesforce counts and visibly so (it then ends in an ellipsis)."""
    if length(text) <= longest:
        return text
    kept = text[: longest - 1]
    while length(kept) > longest - 1:
        kept = kept[: -max(1, (length(kept) - longest + 1) // 2)]
    return kept.rstrip() + ELLIPSIS


def one_line(text: str) -> str:
    """Return the text without line breaks and control characters, runs of white space made one space."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())
