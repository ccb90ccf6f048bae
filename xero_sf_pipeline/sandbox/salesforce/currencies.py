"""An org with several currencies: the currency of every record, and the table of rates.

Switching it on is for good, as in a real org; until then the org has no CurrencyType and no CurrencyIsoCode. Belongs
here: what the switch changes. Does not belong here: rules that compare the currencies of records (`sales_rules`), dated
rates (advanced currency management).
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, PicklistValue, Schema
from xero_sf_pipeline.sandbox.salesforce.standard_objects import make_object
from xero_sf_pipeline.sandbox.salesforce.storage import Storage, quoted

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState

_SETTING = "currencies"
_WITH_CURRENCY = ("Account", "Case", "Contact", "Opportunity", "OpportunityLineItem", "PricebookEntry", "Product2")
_WITHOUT_DECIMALS = frozenset({"CLP", "ISK", "JPY", "KRW", "VND"})


def enable_currencies(state: SalesforceState, corporate: str, rates: Mapping[str, Decimal | float | str]) -> None:
    """Give the org several currencies; existing records are in the corporate one.

    Args:
        rates: for each other currency, how many units of it one unit of the corporate currency is

    Raises:
        ValueError: the org has several currencies already, or a code is none
    """
    if state.storage.setting(_SETTING) is not None:
        raise ValueError("the org has several currencies already")
    codes = [corporate, *rates]
    for code in codes:
        if len(code) != 3 or not code.isalpha() or not code.isupper():
            raise ValueError(f"{code!r} is no ISO code of a currency")
    if len(set(codes)) != len(codes):
        raise ValueError("every currency has one rate, and the corporate one has rate 1")
    state.storage.set_setting(_SETTING, json.dumps(codes))
    restore_currencies(state.schema, state.storage)
    for one in state.schema:
        state.storage.ensure_table(one)
    with state.storage.transaction():
        for code, rate in {corporate: Decimal(1), **rates}.items():
            row = {"IsoCode": code, "ConversionRate": rate, "DecimalPlaces": 0 if code in _WITHOUT_DECIMALS else 2}
            state.insert("CurrencyType", {**row, "IsActive": True, "IsCorporate": code == corporate})
        for one in state.schema:
            if one.find("CurrencyIsoCode") is not None:
                state.storage.write(f'update {quoted(one.name)} set "CurrencyIsoCode" = ?', (corporate,))
        state.storage.write('update "User" set "DefaultCurrencyIsoCode" = ?', (corporate,))


def restore_currencies(schema: Schema, storage: Storage) -> None:
    """Put into the schema what the switch adds to it, when the org was switched."""
    kept = storage.setting(_SETTING)
    if kept is None:
        return
    codes: list[str] = json.loads(kept)
    schema.currency = _currency_field(codes)
    for name in _WITH_CURRENCY:
        is_given = name == "OpportunityLineItem"  # by the opportunity
        field = replace(schema.currency, createable=not is_given, updateable=not is_given and name != "PricebookEntry")
        schema.get(name).add(field)
    for one in schema:
        if one.custom:
            one.add(schema.currency)
    schema.get("User").add(replace(schema.currency, name="DefaultCurrencyIsoCode"))
    schema.add(
        make_object(
            "CurrencyType",
            "01L",
            [
                replace(_currency_field(codes), name="IsoCode", default=None, restricted=False, name_field=True),
                Field("ConversionRate", FieldType.DOUBLE, "Conversion Rate", precision=18, scale=6),
                Field("DecimalPlaces", FieldType.INT, "Decimal Places", precision=9),
                Field("IsActive", FieldType.BOOLEAN, "Active", default=False),
                Field("IsCorporate", FieldType.BOOLEAN, "Corporate Currency", default=False),
            ],
            owner=(),
            soft_delete=False,
            read_only=True,
        )
    )


def _currency_field(codes: Iterable[str]) -> Field:
    listed = tuple(codes)
    return Field(
        "CurrencyIsoCode",
        FieldType.PICKLIST,
        "Currency ISO Code",
        length=3,
        restricted=True,
        default=listed[0],
        picklist=tuple(PicklistValue(code, code, code == listed[0]) for code in listed),
    )


def currencies_json(state: SalesforceState) -> list[dict[str, Any]]:
    """The org's rates as a list; empty for an org with one currency."""
    if state.schema.find("CurrencyType") is None:
        return []
    names = ("IsoCode", "ConversionRate", "IsCorporate", "IsActive")
    return [{name: row[name] for name in names} for row in state.rows("CurrencyType")]
