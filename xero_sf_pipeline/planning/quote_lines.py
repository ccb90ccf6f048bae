"""Lines of Xero quotes as product lines of their opportunities: opportunity_line.upsert.

All lines of a quote or none: an opportunity with lines takes its amount from them. Belongs here: payloads, and what is
left to a person. Does not belong here: which lines fit which products and whose hand a line shows last
(`sql/plan/quote_lines_wanted.sql`, `quote_line_changes.sql`, `quote_line_outcomes.sql`), the opportunity (`quotes.py`).

What Salesforce asks of a line (Object Reference, OpportunityLineItem): its price entry and opportunity are given once
and never changed; TotalPrice or UnitPrice, never both. TotalPrice is given, so that the sum ties to the cent whatever
the discount. A line is never deleted: one that left the quote gets the total 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.exclusions import Exclusion
from xero_sf_pipeline.planning.kinds import ExclusionReason, Reason, WriteKind
from xero_sf_pipeline.planning.templates import cut, one_line
from xero_sf_pipeline.planning.writes import PlannedWrite, load_candidates, rows_of
from xero_sf_pipeline.warehouse.statements import sql

Row = Mapping[str, Any]

DESCRIPTION_MAX = 255
"""Length of OpportunityLineItem.Description (Object Reference)."""

_NAMED = 5
"""Lines that an explanation names before it counts the rest."""

_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class QuoteLines:
    """What becomes of the lines of each quote whose opportunity follows it, by quote key. Empty while they are off."""

    outcomes: Mapping[str, Row] = field(default_factory=dict)

    def price_book(self, quote_key: str) -> str | None:
        """Return the price book of an opportunity that is to have the quote's lines; None when it gets none."""
        outcome = self.outcomes.get(quote_key)
        return outcome["sf_pricebook_id"] if outcome and outcome["outcome"] == "matched" else None

    def explain_amount(self, quote_key: str) -> bool:
        """Tell whether what is planned or said of the lines is why an opportunity with lines has another amount."""
        outcome = self.outcomes.get(quote_key)
        if outcome is None:
            return False
        if outcome["outcome"] == "matched":
            return not outcome["is_as_quoted"]
        return outcome["outcome"] == "awaiting" or bool(outcome["outcome"] == "unmatched" and outcome["has_our_lines"])


def find_quote_lines(desk: PlanDesk) -> QuoteLines:
    """Compare the lines of quotes with products and with what Salesforce shows. Reads temp.quote_changes."""
    rules = desk.policy.quotes
    if rules.lines == "none":
        return QuoteLines()
    connection = desk.connection
    connection.execute(
        sql("plan", "quote_lines_wanted"), {"pricebook_id": rules.pricebook_id, "amount_kind": rules.amount}
    )
    connection.execute(
        sql("plan", "quote_line_changes"),
        {"now": desk.now, "read_back_hours": desk.policy.pushing.read_back_hours},
    )
    connection.execute(sql("plan", "quote_line_outcomes"))
    return QuoteLines({row["quote_key"]: row for row in rows_of(connection, "from quote_line_outcomes")})


def plan_quote_lines(desk: PlanDesk) -> list[Exclusion]:
    """Load the writes of lines; return what is left to a person. Runs after the opportunities are planned.

    An opportunity that this plan creates gets its lines in the same push.
    """
    if desk.policy.quotes.lines == "none":
        return []
    connection = desk.connection
    pushing = desk.policy.pushing
    connection.execute(
        sql("plan", "dispositions"),
        {"now": desk.now, "read_back_hours": pushing.read_back_hours, "max_attempts": pushing.max_attempts},
    )
    coming = dict(connection.execute(sql("plan", "quote_opportunities_coming")).fetchall())
    changes = rows_of(
        connection,
        "select l.*, c.tenant_id, c.quote_number, c.contact_name, c.currency_code, c.sf_opportunity_id "
        "from quote_line_changes l join quote_line_outcomes o on o.quote_key = l.quote_key and o.outcome = 'matched' "
        "join quote_changes c on c.quote_key = l.quote_key order by l.quote_key, l.line_number nulls last, l.key_form",
    )
    kept: dict[str, list[Row]] = {}
    load_candidates(connection, _writes(changes, coming, kept))
    left_out = [_edited(rows) for rows in kept.values()]
    rest = (
        "select o.*, c.quote_number, c.contact_name, c.amount, c.currency_code, c.sf_opportunity_id "
        "from quote_line_outcomes o join quote_changes c on c.quote_key = o.quote_key "
        "where o.outcome in ('unmatched', 'removed', 'awaiting') and (o.line_count > 0 or o.amount_lines <> c.amount) "
        "order by o.quote_key"
    )
    left_out += [_not_carried(row) for row in rows_of(connection, rest)]
    for table in ("quote_lines_wanted", "quote_line_changes", "quote_line_outcomes"):
        connection.execute(f"drop table temp.{table}")
    return left_out


def _writes(rows: Iterator[Row], coming: Mapping[str, str], kept: dict[str, list[Row]]) -> Iterator[PlannedWrite]:
    for row in rows:
        if row["sf_opportunity_id"] is None:
            if row["quote_key"] in coming:
                yield line_creation(row, coming[row["quote_key"]])
        elif row["sf_opportunity_line_id"] is None:
            if row["wanted_amount"] is None:
                continue  # it left the quote, and a person took it away
            if row["confirmed_at"] is None:
                yield line_creation(row, None)
            else:
                kept.setdefault(row["quote_key"], []).append(row)
        elif write := line_update(row):
            if row["is_as_given"] or not _differs(row):
                yield write
            else:
                kept.setdefault(row["quote_key"], []).append(row)


def line_creation(row: Row, opportunity_write_id: str | None) -> PlannedWrite:
    """Return a new line. It names its opportunity by the quote, so that one push makes both and no id is waited for.

    The amount stands in the opportunity's own write when that is part of the plan, and is not counted twice.
    """
    kind, reason = WriteKind.OPPORTUNITY_LINE_UPSERT.value, Reason.QUOTE_LINE_MISSING.value
    payload: dict[str, Any] = {
        "Opportunity": {"Xero_Quote_ID__c": row["quote_key"]},
        "PricebookEntryId": row["sf_pricebook_entry_id"],
        "Quantity": row["wanted_quantity"],
        "TotalPrice": row["wanted_amount"],
    }
    if description := _description(row):
        payload["Description"] = description
    is_known = opportunity_write_id is None
    return PlannedWrite(
        kind=kind,
        target_object="OpportunityLineItem",
        action="upsert",
        target_key_field="Xero_Line_Key__c",
        target_key=row["line_key"],
        target_id=None,
        tenant_id=row["tenant_id"],
        source_table="core.quotes",
        source_id=row["quote_key"],
        payload=payload,
        before={},
        reason=reason,
        explanation=f"{kind}/{reason}: quote {_number(row)} sells {_sold(row, 'wanted_')}; "
        f"its opportunity {'has no such line' if is_known else 'is created with it'}.",
        amount=row["wanted_amount"] if is_known else None,
        currency_code=row["currency_code"] if is_known else None,
        depends_on=() if opportunity_write_id is None else (opportunity_write_id,),
    )


def line_update(row: Row) -> PlannedWrite | None:
    """Return the change of a line that Salesforce shows, or None when it is as the quote has it.

    Quantity and total go together: what was sent last is what a later edit is told by. The description follows while
    it is the one that we gave.
    """
    kind = WriteKind.OPPORTUNITY_LINE_UPSERT.value
    quantity = row["quantity"] if row["wanted_quantity"] is None else row["wanted_quantity"]
    total = row["wanted_amount"] or _ZERO
    payload: dict[str, Any] = {"Quantity": quantity, "TotalPrice": total}
    before: dict[str, Any] = {"Quantity": row["quantity"], "TotalPrice": row["amount"]}
    shown = (row["description"] or "").strip() or None
    wanted = _description(row)
    if row["wanted_amount"] is not None and wanted != shown and shown == row["description_given"]:
        payload["Description"], before["Description"] = wanted, shown
    if payload == before:
        return None
    if row["wanted_amount"] is None:
        reason, told = Reason.QUOTE_LINE_GONE, f"no longer sells {row['product_code']}; its line counts nothing"
    else:
        reason = Reason.QUOTE_LINE_CHANGED
        told = f"sells {_sold(row, 'wanted_')}; the line of its opportunity has {_sold(row, '')}"
    return PlannedWrite(
        kind=kind,
        target_object="OpportunityLineItem",
        action="upsert",
        target_key_field="Xero_Line_Key__c",
        target_key=row["xero_line_key"],
        target_id=row["sf_opportunity_line_id"],
        tenant_id=row["tenant_id"],
        source_table="core.quotes",
        source_id=row["quote_key"],
        payload=payload,
        before=before,
        reason=reason.value,
        explanation=f"{kind}/{reason.value}: quote {_number(row)} {told}.",
        amount=total,
        currency_code=row["currency_code"],
        target_updated_us=row["target_updated_us"],
    )


def _differs(row: Row) -> bool:
    """Tell whether quantity or total are others than the quote's."""
    wanted = (row["wanted_quantity"] or row["quantity"], row["wanted_amount"] or _ZERO)
    return wanted != (row["quantity"], row["amount"])


def _description(row: Row) -> str | None:
    return cut(one_line(row["wanted_description"] or ""), DESCRIPTION_MAX) or None


def _edited(rows: list[Row]) -> Exclusion:
    is_awaited = all(row["is_awaited"] and row["sf_opportunity_line_id"] is None for row in rows)
    reason = ExclusionReason.AWAITING_READ_BACK if is_awaited else ExclusionReason.QUOTE_LINE_EDITED
    told = "were made and are not read back yet" if is_awaited else "were changed by a person and are left"
    first = rows[0]
    return _exclusion(
        first,
        reason,
        f"Lines of the opportunity of quote {_number(first)} {told}: {_listed([_difference(row) for row in rows])}.",
        sum((row["wanted_amount"] or _ZERO for row in rows), _ZERO),
    )


def _difference(row: Row) -> str:
    wanted = "nothing" if row["wanted_amount"] is None else _sold(row, "wanted_")
    shown = "nothing" if row["sf_opportunity_line_id"] is None else _sold(row, "")
    return f"{shown} where the quote has {wanted}"


def _not_carried(row: Row) -> Exclusion:
    number = _number(row)
    if row["outcome"] == "awaiting":
        told = f"Lines of quote {number} were made; the next read of Salesforce will show them."
        return _exclusion(row, ExclusionReason.AWAITING_READ_BACK, told, row["amount"])
    if row["outcome"] == "removed":
        told = f"A person took the lines of quote {number} off its opportunity; the amount alone follows."
        return _exclusion(row, ExclusionReason.QUOTE_LINE_EDITED, told, row["amount"])
    then = "the opportunity keeps the lines that it has" if row["has_our_lines"] else "the amount alone is carried over"
    if row["problems"]:
        why = _listed([_problem(one) for one in row["problems"]])
    else:
        why = f"its lines come to {row['amount_lines']:,.2f}, its amount is {row['amount']:,.2f}"
    told = f"Lines of quote {number} are not carried over: {why}; {then}."
    return _exclusion(row, ExclusionReason.QUOTE_LINE_UNMATCHED, told, row["amount"])


def _problem(line: Row) -> str:
    named = line["item_code"] or cut(one_line(line["description"] or ""), 60)
    return f"line {line['line_number']} ({named}) {line['problem']}" if named else (
        f"line {line['line_number']} {line['problem']}"
    )  # fmt: skip


def _exclusion(row: Row, reason: ExclusionReason, told: str, amount: Decimal) -> Exclusion:
    kind = WriteKind.OPPORTUNITY_LINE_UPSERT.value
    return Exclusion("core.quotes", row["quote_key"], kind, reason.value, told, amount, row["currency_code"])


def _listed(parts: list[str]) -> str:
    more = len(parts) - _NAMED
    return "; ".join(parts[:_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _sold(row: Row, prefix: str) -> str:
    code = row["item_code"] or row["product_code"]
    return f"{row[f'{prefix}quantity'].normalize():f} {code} for {row[f'{prefix}amount']:,.2f}"


def _number(row: Row) -> str:
    return str(row["quote_number"] or row["quote_key"])
