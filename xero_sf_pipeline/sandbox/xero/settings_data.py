"""Rules for writing what documents refer to: items, accounts, currencies, tracking categories and their options."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from xero_sf_pipeline.sandbox.xero.answers import ValidationError
from xero_sf_pipeline.sandbox.xero.books import Books, Document, new_id, number, one_of

_ACCOUNT_CLASSES = {
    "BANK": "ASSET",
    "CURRENT": "ASSET",
    "FIXED": "ASSET",
    "INVENTORY": "ASSET",
    "NONCURRENT": "ASSET",
    "PREPAYMENT": "ASSET",
    "EQUITY": "EQUITY",
    "DEPRECIATN": "EXPENSE",
    "DIRECTCOSTS": "EXPENSE",
    "EXPENSE": "EXPENSE",
    "OVERHEADS": "EXPENSE",
    "CURRLIAB": "LIABILITY",
    "LIABILITY": "LIABILITY",
    "TERMLIAB": "LIABILITY",
    "PAYG": "LIABILITY",
    "OTHERINCOME": "REVENUE",
    "REVENUE": "REVENUE",
    "SALES": "REVENUE",
}


def save_item(books: Books, given: Document, item: Document | None, *, fine: bool) -> Document:
    """Create an item, or change the given one; codes are unique. Prices keep two decimals unless `fine`."""
    code = str(given.get("Code") or (item or {}).get("Code") or "")
    if not code:
        raise ValidationError("Price List Item Code must be supplied")
    if len(code) > 30 or len(str(given.get("Name") or "")) > 50:
        raise ValidationError("Code must be at most 30 and Name at most 50 characters")
    _check_item(books, given)
    owners = books.store.by_number(books.tenant, "Items", code)
    if any(item is None or owner["ItemID"] != item["ItemID"] for owner in owners):
        raise ValidationError(f"Price List Item with Code '{code}' already exists")
    if item is None:
        item = {"ItemID": new_id(), "Code": code, "UpdatedDateUTC": "", "PurchaseDetails": {}, "SalesDetails": {}}
        item |= {"Name": code, "IsTrackedAsInventory": False, "IsSold": True, "IsPurchased": True}
    for name in ("Code", "Name", "Description", "PurchaseDescription", "IsSold", "IsPurchased"):
        if given.get(name) is not None:
            item[name] = given[name]
    for name, is_used in (("SalesDetails", "IsSold"), ("PurchaseDetails", "IsPurchased")):
        if given.get(name):
            item[name] = {**item.get(name, {}), **_details(given[name], fine=fine)}
        if item[is_used] is False:
            item[name] = {}
    changes = "Updated" if item["UpdatedDateUTC"] else "Created"
    books.put("Items", item)
    books.note("Items", item, changes)
    return item


def _check_item(books: Books, given: Document) -> None:
    """Refuse texts that are too long, and accounts and tax types that the organisation does not have."""
    messages = [
        f"The field {name} exceeds its maximum length of 4000"
        for name in ("Description", "PurchaseDescription")
        if len(str(given.get(name) or "")) > 4000
    ]
    for name in ("SalesDetails", "PurchaseDetails"):
        details = given.get(name) or {}
        for field in ("AccountCode", "COGSAccountCode"):
            if details.get(field) and books.account({"Code": details[field]}) is None:
                messages.append(f"Account code '{details[field]}' is not a valid code")
        if details.get("TaxType") and books.tax_percent(str(details["TaxType"])) is None:
            messages.append(f"The TaxType code '{details['TaxType']}' does not exist")
    if messages:
        raise ValidationError(*messages)


def delete_item(books: Books, item: Document) -> None:
    """Delete an item without a trace; tracked inventory refuses."""
    if item.get("IsTrackedAsInventory"):
        raise ValidationError("Tracked inventory items cannot be deleted")
    books.store.delete(books.tenant, "Items", item["ItemID"])


def save_account(books: Books, given: Document, account: Document | None) -> Document:
    """Create an account of the chart, or change the given one."""
    code, name = str(given.get("Code") or ""), str(given.get("Name") or "")
    if len(code) > 10 or len(name) > 150:
        raise ValidationError("Code must be at most 10 and Name at most 150 characters")
    if account is None:
        if not name or not given.get("Type") or (not code and given["Type"] != "BANK"):
            raise ValidationError("Code, Name and Type must be specified")
        type_ = one_of(given["Type"], tuple(_ACCOUNT_CLASSES), "AccountType")
        account = {"AccountID": new_id(), "Code": code, "Name": name, "Status": "ACTIVE", "Type": type_}
        account |= {"TaxType": "NONE", "Class": _ACCOUNT_CLASSES[type_], "EnablePaymentsToAccount": False}
        account |= {"ShowInExpenseClaims": False, "BankAccountType": "", "HasAttachments": False, "UpdatedDateUTC": ""}
    for field, value, message in (
        ("Code", code, "Please enter a unique Code."),
        ("Name", name, "Please enter a unique Name."),
    ):
        others = books.store.select(books.tenant, "Accounts") if value else []
        if any(o["AccountID"] != account["AccountID"] and o.get(field, "").lower() == value.lower() for o in others):
            raise ValidationError(message)
    if given.get("Status"):
        account["Status"] = one_of(given["Status"], ("ACTIVE", "ARCHIVED"), "AccountStatus")
    for field in ("Code", "Name", "Description", "TaxType", "EnablePaymentsToAccount", "ShowInExpenseClaims"):
        if given.get(field) is not None:
            account[field] = given[field]
    books.put("Accounts", account)
    return account


def add_currency(books: Books, given: Document) -> Document:
    """Add a currency to the organisation; it can never be removed."""
    code = str(given.get("Code") or "")
    if len(code) != 3 or not code.isupper():
        raise ValidationError("Code must be an ISO 4217 currency code")
    currency = {"Code": code, "Description": str(given.get("Description") or code)}
    books.put("Currencies", currency, bump=False)
    return currency


def save_tracking_category(books: Books, given: Document, category: Document | None) -> Document:
    """Create a tracking category, or rename or archive the given one. At most two are active."""
    active = books.store.select(books.tenant, "TrackingCategories", "d.status = 'ACTIVE'")
    name = str(given.get("Name") or (category or {}).get("Name") or "")
    if not name or len(name) > 100:
        raise ValidationError("Name must be specified and have at most 100 characters")
    own = (category or {}).get("TrackingCategoryID")
    if any(other["Name"].lower() == name.lower() and other["TrackingCategoryID"] != own for other in active):
        raise ValidationError("Please enter a unique Name.")
    if category is None:
        if len(active) >= 2:
            raise ValidationError("A maximum of 2 active tracking categories is allowed")
        category = {"Name": name, "Status": "ACTIVE", "TrackingCategoryID": new_id(), "Options": []}
    category["Name"] = name
    if given.get("Status"):
        category["Status"] = one_of(given["Status"], ("ACTIVE", "ARCHIVED", "DELETED"), "TrackingCategoryStatus")
    books.put("TrackingCategories", category, bump=False)
    return category


def save_tracking_option(books: Books, category: Document, given: Document, option_id: str | None) -> Document:
    """Add an option to a tracking category, or rename one."""
    name = str(given.get("Name") or "")
    options = category["Options"]
    if not name or any(o["Name"].lower() == name.lower() and o["TrackingOptionID"] != option_id for o in options):
        raise ValidationError("Please enter a unique Name.")
    if option_id is None:
        option: Document = {"TrackingOptionID": new_id(), "Status": "ACTIVE"}
        options.append(option)
    else:
        matching = [o for o in options if o["TrackingOptionID"] == option_id]
        if not matching:
            raise ValidationError("The tracking option could not be found")
        option = matching[0]
    option["Name"] = name
    books.put("TrackingCategories", category, bump=False)
    return option


def _details(given: Document, *, fine: bool) -> Document:
    shown = {name: given[name] for name in ("AccountCode", "COGSAccountCode", "TaxType") if given.get(name)}
    if given.get("UnitPrice") is not None:
        exponent = Decimal("0.0001") if fine else Decimal("0.01")
        shown["UnitPrice"] = number(given["UnitPrice"], "UnitPrice").quantize(exponent, ROUND_HALF_UP)
    return shown
