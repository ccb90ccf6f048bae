"""Which Salesforce fields a policy names, so that they are mirrored beside those that always are.

Belongs here: collecting the names from the sections. Does not belong here: how they are read (`extraction`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xero_sf_pipeline.policy.model import Policy

MAPPED_FIELDS = "mapped_fields"


@dataclass(frozen=True)
class MirroredField:
    """One field of one mirrored object.

    Attributes:
        source: the raw table, as `opportunities`.
        column: the column that takes it; `mapped_fields` keeps all others together, by API name.
    """

    source: str
    api_name: str
    column: str = MAPPED_FIELDS


def mirrored_fields(policy: Policy) -> tuple[MirroredField, ...]:
    """Every field that the policy names, once, whether its flow is on or off: switching it on reads nothing anew."""
    return tuple(dict.fromkeys(_named(policy)))


def _named(policy: Policy) -> Iterator[MirroredField]:
    for name in policy.billing.opportunity_fields:
        yield MirroredField("opportunities", name)
    if policy.parties.tax_number_field is not None:
        yield MirroredField("accounts", policy.parties.tax_number_field, "tax_number")
    for mapping in policy.mappings:
        yield MirroredField(mapping.pair.source, mapping.salesforce_field)
