"""The rules of matching that a user may change: thresholds, weights, eligibility, free-mail domains.

Belongs here: the pydantic models that the project's `policy.py` embeds under the key `matching`.
Does not belong here: reading YAML, and the words of `vocabulary.py`.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from xero_sf_pipeline.matching.vocabulary import FREE_MAIL_DOMAINS

Points = Annotated[float, Field(ge=-50, le=50, allow_inf_nan=False)]


class MatchWeights(BaseModel):
    """Weights of the evidence in points: one point doubles the odds that contact and account are the same party.

    An agreement is worth log2(1 / how often it happens by chance), so a rare name, domain or phone is worth more than a
    common one; the `*_max` values bound that. A disagreement has a fixed price. The defaults were set by reasoning and
    checked on two labelled sets; see docs/decisions/0002-matching-engine.md.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name_max_over_prior: Points = Field(4.0, description="how far agreeing names may exceed the prior's size")
    name_equal: Points = Field(1.5, description="added when the names are equal once legal forms are left out")
    name_difference_share: float = Field(
        0.5, ge=0, le=2, description="price of a word found on one side, share of its weight"
    )
    name_difference_max: Points = Field(7.0, description="bound of the price of words found on one side")
    legal_form_agrees: Points = 0.5
    legal_form_differs: Points = -1.5
    identifier_max: Points = Field(16.0, description="equal account number, or tax or company number")
    email_max: Points = Field(15.0, description="the same address belongs to a person of the account")
    email_domain_max: Points = 13.0
    email_domain_differs: Points = -2.0
    phone_max: Points = 13.0
    phone_differs: Points = -1.0
    person_max: Points = Field(3.0, description="a person of the account has the contact's first and last name")
    postcode_max: Points = 9.0
    postcode_area: Points = Field(1.5, description="same postal area, other postcode")
    postcode_differs: Points = -2.5
    street_max: Points = 8.0
    street_differs: Points = -1.5
    city_max: Points = 5.0
    city_differs: Points = -4.0
    place_differs_softened: Points = Field(
        -0.5, description="a city or postcode that differs while street or postcode agree"
    )
    country_differs: Points = -4.0


class MatchingPolicy(BaseModel):
    """When a contact is linked, reviewed, created or ignored.

    Points are log2 odds: 7 points are odds of 128 to 1 (probability 0.992).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    link_points: Points = Field(7.0, description="lowest score that links without a person")
    review_points: Points = Field(
        -4.0, description="lowest score worth a person's look; below it an account is created"
    )
    margin_points: Points = Field(5.0, description="lowest lead over the nearest rival that links without a person")
    name_similarity_min: float = Field(
        0.5,
        ge=0,
        le=1,
        description="names less alike than this are never linked without a person, whatever else agrees",
    )
    create_for_customers_only: bool = Field(True, description="only contacts that are customers get a new account")
    ignore_archived: bool = Field(True, description="archived contacts without a link are left alone")
    ignore_suppliers: bool = Field(True, description="contacts that only supply us are left alone unless linked")
    free_mail_domains: tuple[str, ...] = Field(
        FREE_MAIL_DOMAINS, description="domains that say nothing about the company"
    )
    block_size: int = Field(
        30, ge=1, le=1000, description="a shared key pairs records only if at most so many accounts have it"
    )
    candidates_kept: int = Field(5, ge=2, le=50, description="best candidates stored for each contact")
    weights: MatchWeights = MatchWeights()

    @model_validator(mode="after")
    def _thresholds_are_ordered(self) -> Self:
        if self.review_points > self.link_points:
            raise ValueError(
                f"matching.review_points ({self.review_points}) is above matching.link_points ({self.link_points}): "
                "a score high enough to link would not be high enough to review. Lower review_points."
            )
        if self.margin_points < 0:
            raise ValueError(f"matching.margin_points ({self.margin_points}) is negative: use 0 to link near ties.")
        return self
