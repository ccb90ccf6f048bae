"""What the platform does when opportunities, their line items and prices are saved (Object Reference, v66).

Belongs here: derived fields and checks of Opportunity, OpportunityLineItem, PricebookEntry and Product2. Does not
belong here: other standard objects (`object_rules`), currencies (`currencies`).
"""

# ruff: noqa: S608 - identifiers in SQL are constants of this module, values are bound

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from xero_sf_pipeline.sandbox.salesforce.errors import RowRefused
from xero_sf_pipeline.sandbox.salesforce.saving import Row, Saving
from xero_sf_pipeline.sandbox.salesforce.storage import Storage


def opportunity(saving: Saving) -> None:
    row, before = saving.row, saving.before
    if before is not None and before["HasOpportunityLineItem"]:
        # Writes to Amount are ignored without a word once there are line items (object reference: Opportunity).
        row["Amount"] = before["Amount"]
        for name in ("Pricebook2Id", "CurrencyIsoCode"):
            if row.get(name) != before.get(name):
                raise RowRefused(
                    "FIELD_INTEGRITY_EXCEPTION",
                    f"field integrity exception: {name} (the opportunity has products)",
                    (name,),
                )
    sql = (
        'select "IsClosed", "IsWon", "DefaultProbability", "ForecastCategory", "ForecastCategoryName"'
        ' from "OpportunityStage" where "MasterLabel" = ? collate nocase'
    )
    stage = saving.storage.one(sql, (row["StageName"],)) or (0, 0, 0, "Pipeline", "Pipeline")
    row["IsClosed"], row["IsWon"] = stage[0], stage[1]
    moved = before is None or before["StageName"] != row["StageName"]
    if moved:
        row["ForecastCategory"], row["ForecastCategoryName"] = stage[3], stage[4]
        if "Probability" not in saving.given:
            row["Probability"] = stage[2]
    amount, probability = row.get("Amount"), row.get("Probability")
    row["ExpectedRevenue"] = None if amount is None else _cents(Decimal(amount) * (probability or 0) / 100)
    closes = date.fromisoformat(row["CloseDate"])
    row["FiscalYear"], row["FiscalQuarter"] = closes.year, (closes.month - 1) // 3 + 1


def line_item(saving: Saving) -> None:
    """Work out the price that was not given. Discount is in hundredths of a percent, money in cents."""
    row, given, before = saving.row, saving.given, saving.before
    if before is None:
        _place_in_pricebook(saving)
    if {"UnitPrice", "TotalPrice"} <= given or (before is None and not {"UnitPrice", "TotalPrice"} & given):
        raise _integrity("unknown (must specify either total price or unit price but not both)")
    if not row["Quantity"]:
        raise RowRefused("FIELD_INTEGRITY_EXCEPTION", "Quantity: value must not be zero", ("Quantity",))
    if before is not None and not {"UnitPrice", "TotalPrice"} & given and {"Discount", "Quantity"} <= given:
        raise _integrity("unknown (must specify unit price or total price along with quantity and discount)")
    quantity, keep = Decimal(row["Quantity"]), Decimal(10**4 - (row.get("Discount") or 0))
    if "UnitPrice" in given or (before is not None and "Discount" in given and "TotalPrice" not in given):
        row["TotalPrice"] = _cents(row["UnitPrice"] * quantity * keep / 10**6)
    elif {"TotalPrice", "Quantity"} & given:
        row["UnitPrice"] = _cents(row["TotalPrice"] * Decimal(10**6) / quantity / keep) if keep else 0


def _cents(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _integrity(message: str, *fields: str) -> RowRefused:
    return RowRefused("FIELD_INTEGRITY_EXCEPTION", f"field integrity exception: {message}", fields)


def _place_in_pricebook(saving: Saving) -> None:
    row, storage = saving.row, saving.storage
    has_currencies = "CurrencyIsoCode" in row
    columns = '"Pricebook2Id", "Name"' + (', "CurrencyIsoCode"' if has_currencies else "")
    deal = storage.one(f'select {columns} from "Opportunity" where "Id" = ?', (row["OpportunityId"],))
    if deal is None:
        raise RowRefused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ("OpportunityId",))
    book, deal_name, currency = deal[0], deal[1], deal[2] if has_currencies else None
    if row.get("PricebookEntryId") is None and row.get("Product2Id") is not None:
        row["PricebookEntryId"] = _entry_of(storage, row["Product2Id"], book, currency)
    columns = '"Pricebook2Id", "Product2Id", "Name", "ProductCode", "UnitPrice", "IsActive", '
    columns += '"CurrencyIsoCode"' if has_currencies else "null"
    entry = storage.one(
        f'select {columns} from "PricebookEntry" where "Id" = ? and "IsDeleted" = 0', (row.get("PricebookEntryId"),)
    )
    if entry is None:
        raise RowRefused(
            "REQUIRED_FIELD_MISSING", "Required fields are missing: [PricebookEntryId]", ("PricebookEntryId",)
        )
    identity = row["PricebookEntryId"]
    if not entry[5]:
        raise _integrity(f"PricebookEntryId (pricebook entry is inactive) {identity}", "PricebookEntryId")
    if book is None:
        # Only an active price book becomes the opportunity's by its first line (object reference: OpportunityLineItem).
        own_book = storage.one('select "IsActive" from "Pricebook2" where "Id" = ?', (entry[0],))
        if not (own_book and own_book[0]):
            raise _integrity(f"PricebookEntryId (pricebook is inactive) {identity}", "PricebookEntryId")
        storage.write('update "Opportunity" set "Pricebook2Id" = ? where "Id" = ?', (entry[0], row["OpportunityId"]))
    elif book != entry[0]:
        raise _integrity(
            "PricebookEntryId (pricebook entry is in a different pricebook than the one assigned to the opportunity) "
            f"{identity}",
            "PricebookEntryId",
        )
    if entry[6] != currency:
        raise _integrity(
            f"PricebookEntryId (pricebook entry currency is {entry[6]}, the opportunity's is {currency}) {identity}",
            "PricebookEntryId",
        )
    if has_currencies:
        row["CurrencyIsoCode"] = currency
    row["Product2Id"], row["ProductCode"], row["ListPrice"] = entry[1], entry[3], entry[4]
    row["Name"] = f"{deal_name} {entry[2]}"[:376]


def _entry_of(storage: Storage, product: str, book: str | None, currency: str | None) -> str | None:
    sql = 'select "Id" from "PricebookEntry" where "Product2Id" = ? and "Pricebook2Id" = ? and "IsDeleted" = 0'
    parameters = [product, book]
    if currency is not None:
        sql += ' and "CurrencyIsoCode" = ?'
        parameters.append(currency)
    found = storage.one(sql, parameters)
    return None if found is None else str(found[0])


def refresh_opportunity(storage: Storage, identity: str, stamp: str) -> None:
    """Set an opportunity's amount to the sum of its line items."""
    sql = 'select count(*), sum("TotalPrice") from "OpportunityLineItem" where "OpportunityId" = ? and "IsDeleted" = 0'
    count, total = storage.read(sql, (identity,))[0]
    sql = 'update "Opportunity" set "HasOpportunityLineItem" = ?, "SystemModstamp" = ?, "LastModifiedDate" = ?'
    parameters = [int(count > 0), stamp, stamp]
    if count:
        sql += ', "Amount" = ?, "ExpectedRevenue" = round(? * coalesce("Probability", 0) / 100.0)'
        parameters += [total, total]
    storage.write(sql + ' where "Id" = ?', (*parameters, identity))


def pricebook_entry(saving: Saving) -> None:
    """Check a price against the other prices of its product; take the standard price when it is to be used."""
    row, storage, before = saving.row, saving.storage, saving.before
    book = storage.one('select "IsStandard" from "Pricebook2" where "Id" = ?', (row["Pricebook2Id"],))
    is_standard = bool(book and book[0])
    if before is None and _other_price(row, storage, 'e."Pricebook2Id" = ?', row["Pricebook2Id"]) is not None:
        raise RowRefused("DUPLICATE_VALUE", "This price definition already exists in this price book")
    if not is_standard and (before is None or row["UseStandardPrice"]):
        standard = _other_price(row, storage, 'b."IsStandard" = ?', 1)
        if standard is None:
            raise RowRefused(
                "STANDARD_PRICE_NOT_DEFINED",
                "Before creating a custom price, you must first create a standard price: no standard price defined "
                "for this product",
            )
        if row["UseStandardPrice"]:
            if "UnitPrice" in saving.given and row["UnitPrice"] != standard:
                raise _integrity("UnitPrice (the entry uses the standard price)", "UnitPrice")
            row["UnitPrice"] = standard
    if is_standard and row["UseStandardPrice"]:
        raise _integrity("UseStandardPrice (a standard price cannot use the standard price)", "UseStandardPrice")
    product = storage.one('select "Name", "ProductCode" from "Product2" where "Id" = ?', (row["Product2Id"],))
    if product is not None:
        row["Name"], row["ProductCode"] = product


def _other_price(row: Row, storage: Storage, which: str, value: str | int) -> int | None:
    """The unit price, in cents, of this product (and currency) in the given kind of price book."""
    sql = (
        'select e."UnitPrice" from "PricebookEntry" e join "Pricebook2" b on b."Id" = e."Pricebook2Id"'
        f' where {which} and e."Product2Id" = ? and e."IsDeleted" = 0'
    )
    parameters = [value, row["Product2Id"]]
    if "CurrencyIsoCode" in row:
        sql += ' and e."CurrencyIsoCode" = ?'
        parameters.append(row["CurrencyIsoCode"])
    found = storage.one(sql, parameters)
    return None if found is None else int(found[0])


def price_after_save(saving: Saving) -> None:
    """A changed standard price is the price of every entry that uses it."""
    row, storage = saving.row, saving.storage
    if saving.before is None or saving.before["UnitPrice"] == row["UnitPrice"]:
        return
    book = storage.one('select "IsStandard" from "Pricebook2" where "Id" = ?', (row["Pricebook2Id"],))
    if not (book and book[0]):
        return
    sql = (
        'update "PricebookEntry" set "UnitPrice" = ?, "SystemModstamp" = ?'
        ' where "Product2Id" = ? and "UseStandardPrice" = 1 and "IsDeleted" = 0'
    )
    parameters = [row["UnitPrice"], saving.stamp, row["Product2Id"]]
    if "CurrencyIsoCode" in row:
        sql += ' and "CurrencyIsoCode" = ?'
        parameters.append(row["CurrencyIsoCode"])
    storage.write(sql, parameters)


def product_after_save(saving: Saving) -> None:
    """Entries and line items show their product's name and code as they are now; their own stamps do not move."""
    row, before, storage = saving.row, saving.before, saving.storage
    if before is None or (before["Name"], before["ProductCode"]) == (row["Name"], row["ProductCode"]):
        return
    values = (row["Name"], row["ProductCode"], saving.identity)
    storage.write('update "PricebookEntry" set "Name" = ?, "ProductCode" = ? where "Product2Id" = ?', values)
    storage.write('update "OpportunityLineItem" set "ProductCode" = ? where "Product2Id" = ?', values[1:])
