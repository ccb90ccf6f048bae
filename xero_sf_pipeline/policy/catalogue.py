"""Which price list leads, and what of it is carried over. Key: product code = item code."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, get_args

from pydantic import Field

from xero_sf_pipeline.policy.fields import PicklistValue, Section, UnquotedOff


class CatalogueDirection(StrEnum):
    """Which way items and products flow. The report of differences is made in any case."""

    OFF = "off"
    XERO_TO_SALESFORCE = "xero_to_salesforce"
    SALESFORCE_TO_XERO = "salesforce_to_xero"


CatalogueField = Literal["name", "description", "price", "active"]


class CatalogueRules(Section):
    """Xero items and Salesforce products.

    Attributes:
        organisations: tenant ids that take part, the leading one first; empty: all of them
        fields: what is carried over to a record that exists; a new one gets all of it. `active` only to Salesforce:
            Xero's items cannot be archived
        create_missing: whether a code that one side lacks is made there
        product_family: Product2.Family of a new product
        account_code, tax_type: of a new item's sales, as Xero spells them
    """

    direction: Annotated[CatalogueDirection, UnquotedOff] = CatalogueDirection.OFF
    organisations: tuple[str, ...] = ()
    fields: tuple[CatalogueField, ...] = get_args(CatalogueField)
    create_missing: bool = True
    product_family: PicklistValue | None = None
    account_code: Annotated[str, Field(min_length=1, max_length=10)] | None = None
    tax_type: Annotated[str, Field(min_length=1, max_length=50)] | None = None
