"""Lines of an invoice as Xero's API spells them, and what becomes of them when both the deal and finance change them.

Three versions meet: what we sent last, what Xero shows, and what the deal wants now. What only the deal changed is
taken over, what only finance changed stays, and what both changed is left to a person. Does not belong here: which
lines a deal wants (`billing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from xero_sf_pipeline.billing.money import line_amount

Line = dict[str, Any]

_NUMBERS = ("Quantity", "UnitAmount", "DiscountRate", "DiscountAmount")
_DISCOUNTS = ("DiscountRate", "DiscountAmount")
_CODES = ("ItemCode", "AccountCode", "TaxType")
FIELDS = ("Description", *_NUMBERS, *_CODES, "Tracking")
_FILLED_BY_XERO = frozenset({"AccountCode", "TaxType"})
"""What Xero fills in when it is not sent: then the filled-in value is nobody's edit."""


class EditedByBoth(Exception):
    """Finance and the deal changed the same thing. Caught by the flow; never leaves the planner."""


def exact(value: Decimal) -> Decimal:
    """Return the number without trailing zeros, so that the same amount is always written the same way."""
    short = value.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def wanted_line(row: Mapping[str, Any]) -> Line:
    """Return the line to send for a row of billing.schedule_lines; empty fields are left out."""
    line: Line = {
        "Description": row["description"],
        "Quantity": exact(row["quantity"]),
        "UnitAmount": exact(row["unit_amount"]),
        "AccountCode": row["account_code"],
    }
    for field, column in (("ItemCode", "item_code"), ("TaxType", "tax_type")):
        if row[column] is not None:
            line[field] = row[column]
    if row["discount_rate"]:
        line["DiscountRate"] = exact(row["discount_rate"])
    if row["tracking"]:
        line["Tracking"] = _tracking(row["tracking"])
    return line


def shown_line(row: Mapping[str, Any]) -> Line:
    """Return a row of core.invoice_lines as the line that Xero shows."""
    line: Line = {"LineItemID": row["line_item_id"], "Description": row["description"]}
    for field, column in (
        ("Quantity", "quantity"),
        ("UnitAmount", "unit_amount"),
        ("DiscountRate", "discount_rate"),
        ("DiscountAmount", "amount_discount"),
    ):
        if row[column]:
            line[field] = exact(row[column])
    for field, column in (("ItemCode", "item_code"), ("AccountCode", "account_code"), ("TaxType", "tax_type")):
        if row[column]:
            line[field] = row[column]
    if row["tracking"]:
        line["Tracking"] = _tracking(row["tracking"])
    return line


def amount_of(lines: Sequence[Line]) -> Decimal:
    """Return what the lines add up to, in cents."""
    return sum((_amount(line) for line in lines), Decimal("0.00"))


def amounts_by_codes(lines: Sequence[Line]) -> dict[tuple[Any, ...], Decimal]:
    """Return amounts by account, tax type and tracking options."""
    found: dict[tuple[Any, ...], Decimal] = {}
    for line in lines:
        options = tuple(
            sorted((part["TrackingCategoryID"], part["TrackingOptionID"]) for part in line.get("Tracking") or ())
        )
        codes = (line.get("AccountCode"), line.get("TaxType"), options)
        found[codes] = found.get(codes, Decimal("0.00")) + _amount(line)
    return found


def same_lines(sent: Sequence[Line], other: Sequence[Line]) -> bool:
    """Tell whether two versions say the same, line by line; what was not sent and Xero fills in does not count."""
    return len(sent) == len(other) and all(
        _same(one, two, field) for one, two in zip(sent, other, strict=True) for field in FIELDS
    )


def merged_lines(sent: Sequence[Line], shown: Sequence[Line], wanted: Sequence[Line]) -> list[Line] | None:
    """Return the lines to send so that Xero follows the deal, with their LineItemIDs; None when nothing is to be sent.

    Raises:
        EditedByBoth: finance changed what the deal changed too, or added or removed lines while the deal changed.
    """
    if same_lines(wanted, sent) or same_lines(wanted, shown):
        return None
    if len(sent) == len(shown) == len(wanted):
        return [_merged(*three) for three in zip(sent, shown, wanted, strict=True)]
    if not same_lines(sent, shown):
        raise EditedByBoth(f"finance's draft has {len(shown)} lines of its own, the deal has {len(wanted)}")
    return _with_ids(shown, wanted)


def _merged(sent: Line, shown: Line, wanted: Line) -> Line:
    line: Line = {"LineItemID": shown["LineItemID"]}
    for field in FIELDS:
        if _same(wanted, sent, field) or _same(wanted, shown, field):
            value = shown.get(field)
        elif _same(sent, shown, field):
            value = wanted.get(field, _cleared(field))
        else:
            raise EditedByBoth(
                f"{field} was changed to {shown.get(field)} in Xero and to {wanted.get(field)} by the deal"
            )
        if value is not None:
            line[field] = value
    if all(line.get(field) for field in _DISCOUNTS):
        raise EditedByBoth("finance gave a discount as an amount, the deal as a percentage")
    return line


def _with_ids(shown: Sequence[Line], wanted: Sequence[Line]) -> list[Line]:
    """Give each wanted line the id of the shown line that sells the same, so that it stays the same line in Xero."""
    left = list(shown)
    lines = []
    for line in wanted:
        partner = next(
            (one for one in left if all(_same(line, one, name) for name in ("ItemCode", "Description"))), None
        )
        if partner is None:
            lines.append(line)
            continue
        left.remove(partner)
        cleared = {field: _cleared(field) for field in FIELDS if partner.get(field) and field not in line}
        lines.append({"LineItemID": partner["LineItemID"], **cleared, **line})
    return lines


def _cleared(field: str) -> Any:
    """What takes a value away from a line that keeps what is not mentioned."""
    if field == "Tracking":
        return []
    return 0 if field in _NUMBERS else ""


def _same(one: Line, other: Line, field: str) -> bool:
    left, right = _form(one, field), _form(other, field)
    return left == right or (field in _FILLED_BY_XERO and left is None)


def _form(line: Line, field: str) -> Any:
    value = line.get(field)
    if field == "Tracking":
        return frozenset(part["TrackingOptionID"] for part in value or ())
    if field in _NUMBERS:
        number = Decimal(str(value)) if value is not None else Decimal(0)
        return number.normalize() if number else None
    text = str(value).replace("\r\n", "\n").strip() if value is not None else ""
    return text or None


def _amount(line: Line) -> Decimal:
    numbers = {field: Decimal(str(line[field])) for field in _NUMBERS if line.get(field) is not None}
    return line_amount(
        numbers.get("Quantity", Decimal(0)),
        numbers.get("UnitAmount", Decimal(0)),
        numbers.get("DiscountRate"),
        numbers.get("DiscountAmount"),
    )


def _tracking(options: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [
        {
            "TrackingCategoryID": option["xero_tracking_category_id"],
            "TrackingOptionID": option["xero_tracking_option_id"],
        }
        for option in options
        if option["xero_tracking_option_id"]
    ]
