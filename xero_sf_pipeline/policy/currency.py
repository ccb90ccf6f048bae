"""Which currency totals in Salesforce are in, and fixed rates into it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from xero_sf_pipeline.policy.fields import Section, exact_number

CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Rate = Annotated[Decimal, BeforeValidator(exact_number), Field(gt=0, max_digits=18, decimal_places=6)]


class CurrencyRules(Section):
    """Totals of an account add up documents of several currencies in one.

    Attributes:
        salesforce: the currency of the Salesforce org. None: the corporate one of an org with several currencies, else
            the one base currency that all Xero organisations share.
        rates: fixed rates: units of a currency for one unit of `salesforce`, the direction that Xero and Salesforce
            both use. A currency named here is never looked up elsewhere.
    """

    salesforce: CurrencyCode | None = None
    rates: dict[CurrencyCode, Rate] = {}

    @model_validator(mode="after")
    def _rates_are_into_a_named_currency(self) -> Self:
        if self.rates and self.salesforce is None:
            raise ValueError("rates are units for one unit of `salesforce`: name that currency too")
        if self.salesforce in self.rates:
            raise ValueError(f"rates: {self.salesforce} is the Salesforce currency itself; it needs no rate")
        return self
