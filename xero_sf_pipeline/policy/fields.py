"""The types that every section of the policy is made of.

Belongs here: values with their limits (money, shares, ids, picklist values). Does not belong here: any rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from xero_sf_pipeline.planning.templates import template_problem

DEFAULT_CURRENCY = "default"
"""Key that stands for every currency which has no entry of its own."""


class Automation(StrEnum):
    """How far writes of one kind go by themselves."""

    AUTO = "auto"
    NEEDS_APPROVAL = "needs_approval"
    OFF = "off"


def exact_number(value: object) -> object:
    """YAML reads 0.1 as a binary float; its shortest text is the number that the person wrote."""
    return str(value) if isinstance(value, float) else value


def _currency_keys(amounts: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    wrong = [key for key in amounts if key != DEFAULT_CURRENCY and not re.fullmatch(r"[A-Z]{3}", key)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)}: use ISO codes such as EUR, or `{DEFAULT_CURRENCY}` for all others")
    return amounts


def _salesforce_id(prefixes: tuple[str, ...], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?", value) or not value.startswith(prefixes):
            raise ValueError(
                f"{value!r} is not the id of a {what}: 15 or 18 characters starting {' or '.join(prefixes)}"
            )
        return value

    return AfterValidator(check)


def _template(value: str) -> str:
    problem = template_problem(value)
    if problem:
        raise ValueError(problem)
    return value


Money = Annotated[Decimal, BeforeValidator(exact_number), Field(ge=0, max_digits=18, decimal_places=4)]
Share = Annotated[Decimal, BeforeValidator(exact_number), Field(gt=0, le=1)]
MoneyByCurrency = Annotated[dict[str, Money], AfterValidator(_currency_keys)]
UserOrQueueId = Annotated[str, _salesforce_id(("005", "00G"), "user or queue")]
UserId = Annotated[str, _salesforce_id(("005",), "user")]
RecordTypeId = Annotated[str, _salesforce_id(("012",), "record type")]
PricebookId = Annotated[str, _salesforce_id(("01s",), "price book")]
Template = Annotated[str, Field(min_length=1), AfterValidator(_template)]
UnquotedOff = BeforeValidator(lambda value: "off" if value is False else value)
"""YAML reads a bare `off` as false, and a person means the word."""
PicklistValue = Annotated[str, Field(min_length=1, max_length=255)]


class Section(BaseModel):
    """A part of the policy: frozen, and unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
