"""Line items: what a line becomes, its amount and tax, and the document's totals.

Each line's amount and tax are rounded to cents, half away from zero, and then summed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xero_sf_pipeline.sandbox.xero.answers import ValidationError
from xero_sf_pipeline.sandbox.xero.books import Books, Document, new_id, number

_CENT = Decimal("0.01")
_LARGEST_LINE = Decimal("9999999999.99")
_LONGEST_QUANTITY = 13
_LONGEST_DESCRIPTION = 4000
_FINEST_DISCOUNT = Decimal("0.0001")
_APPLIES_TO = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}
_CONTROL_ACCOUNTS = ("DEBTORS", "CREDITORS", "RETAINEDEARNINGS")
"""System accounts that no line may be booked to; Xero books them itself."""
QUOTE = "QUOTE"
"""The document type of quotes, which have no type of their own."""


@dataclass
class Totals:
    """A document's lines and sums in document currency."""

    lines: list[Document]
    sub_total: Decimal
    total_tax: Decimal
    total: Decimal
    total_discount: Decimal
    warnings: list[str] = field(default_factory=list)


def cents(value: Decimal) -> Decimal:
    """Round to cents, half away from zero."""
    return value.quantize(_CENT, ROUND_HALF_UP)


def build_lines(
    books: Books,
    given: list[Document],
    existing: list[Document],
    *,
    tax_mode: str,
    document_type: str,
    is_binding: bool,
    fine: bool,
) -> Totals:
    """Work out the lines of a document.

    A line that names an existing LineItemID keeps that id and what it does not mention; every other line is new.
    Existing lines that are not named are gone.

    Args:
        tax_mode: Exclusive, Inclusive or NoTax
        is_binding: the document is approved, so every line must be complete
        fine: unit prices keep four decimals (`unitdp=4`), else two

    Raises:
        ValidationError: with the messages of all lines
    """
    known = {line["LineItemID"]: line for line in existing if line.get("LineItemID")}
    messages = _misnamed([str(line.get("LineItemID") or "").lower() for line in given], known)
    warnings: list[str] = []
    lines: list[Document] = []
    for raw in given:
        try:
            kept = known.get(str(raw.get("LineItemID") or "").lower(), {})
            lines.append(_line(books, raw, kept, tax_mode, document_type, is_binding, fine, warnings))
        except ValidationError as error:
            messages += error.messages
    if is_binding and not given:
        messages.append("One or more line items must be specified")
    if messages:
        raise ValidationError(*dict.fromkeys(messages))
    return _totals(lines, tax_mode, warnings)


def _misnamed(ids: list[str], known: dict[str, Document]) -> list[str]:
    """Return what is wrong with the LineItemIDs of a request: foreign ones, and one that is named twice."""
    named = [id_ for id_ in ids if id_ and id_.strip("0-")]
    messages = [f"The line item {id_} does not belong to this document" for id_ in named if id_ not in known]
    if len(set(named)) < len(named):
        messages.append("A line item can be named once only")
    return messages


def check_complete(lines: list[Document]) -> None:
    """Refuse stored lines that are not fit for approval.

    Raises:
        ValidationError: no line, or a line without description, quantity, price or account
    """
    if not lines:
        raise ValidationError("One or more line items must be specified")
    for line in lines:
        has_account = bool(line.get("AccountID") or line.get("AccountCode"))
        _check_complete(line, line.get("UnitAmount") is not None, has_account)


def check_supplied_totals(given: Document, totals: Totals) -> None:
    """Refuse totals in a request that disagree with its lines."""
    computed = {"SubTotal": totals.sub_total, "TotalTax": totals.total_tax, "Total": totals.total}
    if any(given.get(name) is not None and number(given[name], name) != value for name, value in computed.items()):
        raise ValidationError("The document total does not equal the total of the lines.")


def sums(lines: list[Document], tax_mode: str) -> Totals:
    """Return the totals of finished lines."""
    return _totals(lines, tax_mode, [])


def _totals(lines: list[Document], tax_mode: str, warnings: list[str]) -> Totals:
    amount = sum((Decimal(str(line.get("LineAmount") or 0)) for line in lines), Decimal("0.00"))
    tax = sum((Decimal(str(line.get("TaxAmount") or 0)) for line in lines), Decimal("0.00"))
    discount = sum((_discount(line) for line in lines), Decimal("0.00"))
    if tax_mode == "Inclusive":
        return Totals(lines, amount - tax, tax, amount, discount, warnings)
    return Totals(lines, amount, tax, amount + tax, discount, warnings)


def _discount(line: Document) -> Decimal:
    if not (line.get("DiscountRate") or line.get("DiscountAmount")):
        return Decimal(0)
    gross = Decimal(str(line.get("Quantity") or 0)) * Decimal(str(line.get("UnitAmount") or 0))
    return cents(gross) - Decimal(str(line["LineAmount"]))


def _line(
    books: Books,
    raw: Document,
    kept: Document,
    tax_mode: str,
    document_type: str,
    is_binding: bool,
    fine: bool,
    warnings: list[str],
) -> Document:
    carried = {name: value for name, value in kept.items() if name not in ("LineAmount", "TaxAmount", "Item")}
    line = carried | {name: value for name, value in raw.items() if value is not None}
    _fill_from_item(books, line, document_type)
    _check_sizes(line)
    quantity, price = _quantity_and_price(line, fine)
    amount = _amount(line, quantity, price, document_type)
    if raw.get("UnitAmount") is None and kept.get("UnitAmount") is None and raw.get("LineAmount") is not None:
        amount = cents(number(raw["LineAmount"], "LineAmount"))  # the price follows from the amount, rounding and all
    _check_supplied_amount(raw, amount)
    account = _account(books, line, is_binding or document_type == QUOTE, warnings)
    if is_binding:
        _check_complete(line, price is not None, account is not None)
    tax_type, tax = _tax(books, line, raw, None if document_type == QUOTE else account, amount, tax_mode)
    result: Document = {"LineItemID": kept.get("LineItemID") or new_id()}
    result |= {name: line[name] for name in ("Description", "ItemCode") if line.get(name) is not None}
    if line.get("ItemCode"):
        item = books.store.by_number(books.tenant, "Items", line["ItemCode"])[0]
        result["Item"] = {"ItemID": item["ItemID"], "Name": item.get("Name", ""), "Code": item["Code"]}
    if price is not None:
        result["UnitAmount"] = price
    if document_type != QUOTE or line.get("TaxType"):
        result["TaxType"] = tax_type
    result |= {"TaxAmount": tax, "LineAmount": amount}
    if account is not None:
        result |= {"AccountCode": account.get("Code", ""), "AccountID": account["AccountID"]}
    result["Tracking"] = build_tracking(books, line.get("Tracking") or [], by_name=document_type != QUOTE)
    if quantity is not None:
        result["Quantity"] = quantity
    for name in ("DiscountRate", "DiscountAmount"):
        if line.get(name):
            result[name] = number(line[name], name)
    if document_type == QUOTE and not line.get("Description"):
        raise ValidationError("Description is required for each line item")
    if document_type != QUOTE:
        result["ValidationErrors"] = []
    return result


def _fill_from_item(books: Books, line: Document, document_type: str) -> None:
    code = line.get("ItemCode")
    if not code:
        line.pop("ItemCode", None)
        return
    found = books.store.by_number(books.tenant, "Items", str(code))
    if not found:
        raise ValidationError(f"Item code '{code}' is not valid")
    item = found[0]
    if item.get("IsSold" if not document_type.startswith("ACCPAY") else "IsPurchased") is False:
        raise ValidationError(f"Item code '{code}' is not valid")
    is_sale = document_type.startswith("ACCREC") or document_type == QUOTE
    details = item.get("SalesDetails" if is_sale else "PurchaseDetails") or {}
    filled = {
        "Description": item.get("Description" if is_sale else "PurchaseDescription"),
        "UnitAmount": details.get("UnitPrice"),
        "AccountCode": details.get("AccountCode"),
        "TaxType": details.get("TaxType"),
    }
    for name, value in filled.items():
        if value is not None and line.get(name) is None and not (name == "AccountCode" and line.get("AccountID")):
            line[name] = value


def _check_sizes(line: Document) -> None:
    messages = []
    if len(str(line.get("Description") or "")) > _LONGEST_DESCRIPTION:
        messages.append(f"The field Description exceeds its maximum length of {_LONGEST_DESCRIPTION}")
    if len(str(line.get("Quantity") or "")) > _LONGEST_QUANTITY:
        messages.append(f"The field Quantity exceeds its maximum length of {_LONGEST_QUANTITY}")
    if line.get("DiscountRate"):
        rate = number(line["DiscountRate"], "DiscountRate")
        if not 0 <= rate <= 100 or rate != rate.quantize(_FINEST_DISCOUNT):
            messages.append("DiscountRate must be between 0 and 100 with at most 4 decimals")
    if messages:
        raise ValidationError(*messages)


def _quantity_and_price(line: Document, fine: bool) -> tuple[Decimal | None, Decimal | None]:
    quantity = None if line.get("Quantity") is None else number(line["Quantity"], "Quantity")
    price = None if line.get("UnitAmount") is None else number(line["UnitAmount"], "UnitAmount")
    if price is None and line.get("LineAmount") is not None:
        quantity = quantity or Decimal(1)
        price = number(line["LineAmount"], "LineAmount") / quantity
    if price is not None:
        price = price.quantize(Decimal("0.0001") if fine else _CENT, ROUND_HALF_UP)
    return quantity, price


def _amount(line: Document, quantity: Decimal | None, price: Decimal | None, document_type: str) -> Decimal:
    rate, discount = line.get("DiscountRate"), line.get("DiscountAmount")
    if (rate or discount) and document_type not in ("ACCREC", QUOTE):
        raise ValidationError("Discounts are only supported on sales invoices and quotes")
    gross = (quantity or Decimal(0)) * (price or Decimal(0))
    if rate is not None and discount is not None:
        raise ValidationError(
            f"The line total {line.get('LineAmount', cents(gross))} does not match "
            f"the expected line total {cents(gross)}"
        )
    if rate:
        gross = gross * (1 - number(rate, "DiscountRate") / 100)
    amount = cents(gross - (number(discount, "DiscountAmount") if discount else 0))
    if abs(amount) > _LARGEST_LINE:
        raise ValidationError("The line amount is too large")
    return amount


def _check_supplied_amount(raw: Document, amount: Decimal) -> None:
    if raw.get("LineAmount") is None:
        return
    supplied = number(raw["LineAmount"], "LineAmount")
    if supplied != amount:
        raise ValidationError(f"The line total {supplied} does not match the expected line total {amount}")


def _account(books: Books, line: Document, is_binding: bool, warnings: list[str]) -> Document | None:
    if not (line.get("AccountCode") or line.get("AccountID")):
        return None
    account = books.account(line)
    if account is None and is_binding:
        shown = line.get("AccountCode") or line.get("AccountID")
        raise ValidationError(f"Account code '{shown}' is not a valid code for this document.")
    if account is None:
        shown = line.get("AccountCode") or line.get("AccountID")
        warnings.append(f"Account code '{shown}' has been removed as it does not match a recognised account.")
    elif account is not None and (account.get("Type") == "BANK" or account.get("SystemAccount") in _CONTROL_ACCOUNTS):
        raise ValidationError(f"Account code '{account.get('Code', '')}' is not a valid code for this document.")
    return account


def _check_complete(line: Document, has_price: bool, has_account: bool) -> None:
    messages = []
    if not line.get("Description"):
        messages.append("Description is required for each line item")
    if line.get("Quantity") is None and line.get("LineAmount") is None:
        messages.append("Quantity is required for each line item")
    if not has_price:
        messages.append("UnitAmount is required for each line item")
    if not has_account:
        messages.append("Account code or ID must be specified")
    if messages:
        raise ValidationError(*messages)


def _tax(
    books: Books, line: Document, raw: Document, account: Document | None, amount: Decimal, tax_mode: str
) -> tuple[str, Decimal]:
    tax_type = str(line.get("TaxType") or (account or {}).get("TaxType") or "NONE")
    percent = books.tax_percent(tax_type)
    if percent is None or not _may_tax(books, tax_type, account):
        raise ValidationError(
            f"The TaxType code '{tax_type}' does not exist or cannot be used for this type of transaction."
        )
    if tax_mode == "NoTax":
        return tax_type, Decimal("0.00")
    if raw.get("TaxAmount") is not None:
        return tax_type, cents(number(raw["TaxAmount"], "TaxAmount"))
    if tax_mode == "Inclusive":
        return tax_type, cents(amount * percent / (100 + percent))
    return tax_type, cents(amount * percent / 100)


def build_tracking(books: Books, given: list[Document], *, by_name: bool) -> list[Document]:
    """Return the tracking options of a line, at most two of different active categories.

    Raises:
        ValidationError: an unknown or archived option, or too many
    """
    found = [_tracking(books, option, by_name=by_name) for option in given]
    categories = [option["TrackingCategoryID"] for option in found]
    if len(categories) > 2:
        raise ValidationError("A line item can have at most 2 tracking categories")
    if len(set(categories)) < len(categories):
        raise ValidationError("A tracking category can be used once only on a line item")
    return found


def _tracking(books: Books, given: dict[str, Any], *, by_name: bool) -> Document:
    for category in books.store.select(books.tenant, "TrackingCategories", "d.status = 'ACTIVE'"):
        for option in category.get("Options", []):
            if option.get("Status", "ACTIVE") == "ACTIVE" and _is_meant(given, category, option, by_name=by_name):
                return {
                    "Name": category["Name"],
                    "Option": option["Name"],
                    "TrackingCategoryID": category["TrackingCategoryID"],
                    "TrackingOptionID": option["TrackingOptionID"],
                }
    raise ValidationError("The tracking category or option does not exist")


def _may_tax(books: Books, tax_type: str, account: Document | None) -> bool:
    """Tell whether a tax rate is active and made for accounts of this class."""
    rate = books.get("TaxRates", tax_type)
    if rate is None or tax_type == "NONE":
        return True
    applies_to = _APPLIES_TO.get(str((account or {}).get("Class")))
    return rate.get("Status") == "ACTIVE" and (applies_to is None or bool(rate.get(applies_to, True)))


def _is_meant(given: dict[str, Any], category: Document, option: Document, *, by_name: bool) -> bool:
    """Tell whether a request means this option: by its id, or (not on quotes) by the names of category and option."""
    if given.get("TrackingOptionID"):
        in_category = given.get("TrackingCategoryID") in (None, "", category["TrackingCategoryID"])
        return bool(in_category and given["TrackingOptionID"] == option["TrackingOptionID"])
    in_category = category["TrackingCategoryID"] == given.get("TrackingCategoryID") or (
        given.get("Name") == category["Name"]
    )
    return bool(by_name and in_category and given.get("Option") == option["Name"])
