"""Who bills a deal and who is billed: the organisation and the contact.

Belongs here: routing and the choice among several contacts. Never a guess: what is ambiguous is held. Does not belong
here: which contact is which account (`matching`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from xero_sf_pipeline.billing.conditions import deal_rule
from xero_sf_pipeline.billing.facts import Contact, Deal, Organisation
from xero_sf_pipeline.billing.reasons import Held, Hold

if TYPE_CHECKING:
    from xero_sf_pipeline.policy.billing import BillingRules


def billing_organisation(
    deal: Deal, organisations: Mapping[str, Organisation], rules: BillingRules
) -> tuple[Organisation, str]:
    """Return the organisation that bills the deal, and why it does.

    An invoice that exists settles it. Then the routing rules; then the one organisation in which the account has a
    contact, of several the one with the account's primary contact; then the one in which it had a contact that is
    archived now; then the policy's default, or the only one there is.

    Raises:
        Held: it is unknown or ambiguous.
    """
    if deal.linked_tenant_id is not None and deal.linked_tenant_id in organisations:
        return organisations[deal.linked_tenant_id], "it has the deal's invoice"
    rule = deal_rule(rules.routing, deal)
    if rule is not None:
        return _named(rule.organisation, organisations.values()), f"rule `{rule.name}` of billing.routing"
    account = deal.sf_account_id or ""
    linked = [one for one in organisations.values() if account in one.contacts or account in one.accounts_in_review]
    if len(linked) > 1:
        primary = [one for one in linked if any(contact.is_primary for contact in one.contacts.get(account, ()))]
        if len(primary) != 1:
            raise Held(
                Hold.ORGANISATION_AMBIGUOUS,
                f"{deal.account_name} has contacts in {', '.join(one.organisation_name for one in linked)}; "
                "no rule of billing.routing says which organisation bills.",
            )
        return primary[0], "it has the account's primary contact"
    if linked:
        return linked[0], "the account has its contact there"
    formerly = [one for one in organisations.values() if account in one.accounts_with_archived_namesake]
    if len(formerly) == 1:
        return formerly[0], "the account's archived contact is there"
    if rules.default_organisation is not None:
        return _named(rules.default_organisation, organisations.values()), "billing.default_organisation"
    if len(organisations) == 1:
        return next(iter(organisations.values())), "it is the only one"
    raise Held(
        Hold.ORGANISATION_UNKNOWN,
        f"{deal.account_name} has a contact in no organisation; say in billing.routing or billing.default_organisation "
        "which one bills.",
    )


def billed_contact(deal: Deal, organisation: Organisation, rules: BillingRules) -> Contact | None:
    """Return the account's contact in the organisation, or None when one is to be created.

    Raises:
        Held: it is ambiguous or archived, or may not be created.
    """
    if deal.sf_account_id is None or deal.is_account_deleted:
        problem = "The deal has no account." if deal.sf_account_id is None else "The deal's account was deleted."
        raise Held(Hold.ACCOUNT_MISSING, problem)
    linked = organisation.contacts.get(deal.sf_account_id, [])
    active = [contact for contact in linked if contact.is_active]
    if linked and not active:
        raise Held(
            Hold.CONTACT_ARCHIVED,
            f"{linked[0].contact_name}, the contact of {deal.account_name}, is not active in Xero.",
        )
    if len(active) > 1:
        primary = [contact for contact in active if contact.is_primary]
        if len(primary) != 1 or rules.when_several_contacts.value == "hold":
            raise Held(
                Hold.SEVERAL_CONTACTS,
                f"{deal.account_name} has {len(active)} contacts in {organisation.organisation_name}: "
                f"{', '.join(sorted(contact.contact_name or contact.contact_key for contact in active))}.",
            )
        return primary[0]
    if active:
        return active[0]
    if deal.sf_account_id in organisation.accounts_in_review:
        raise Held(
            Hold.MATCH_IN_REVIEW,
            f"A contact of {organisation.organisation_name} may be {deal.account_name}; `xero-sf matches` shows it. "
            "Nothing is invoiced to a guess.",
        )
    if not rules.create_contacts:
        raise Held(
            Hold.CONTACT_MISSING,
            f"{deal.account_name} has no contact in {organisation.organisation_name} (billing.create_contacts is off).",
        )
    namesake = organisation.accounts_with_namesake.get(deal.sf_account_id)
    if namesake is not None:
        raise Held(
            Hold.CONTACT_NAME_TAKEN,
            f"{organisation.organisation_name} has an active contact {namesake} that is not linked with "
            f"{deal.account_name}. Link them in `xero-sf matches`, or rename one.",
        )
    archived = organisation.accounts_with_archived_namesake.get(deal.sf_account_id)
    if archived is not None:
        raise Held(
            Hold.CONTACT_ARCHIVED,
            f"{archived} of {organisation.organisation_name} has the name or number of {deal.account_name} and is "
            "archived in Xero. Restore it there, or reject the pair in `xero-sf matches`: then a contact is created.",
        )
    return None


def _named(name: str, organisations: Iterable[Organisation]) -> Organisation:
    named = [
        one for one in organisations if name == one.tenant_id or name.casefold() == one.organisation_name.casefold()
    ]
    if len(named) != 1:
        raise Held(
            Hold.ORGANISATION_UNKNOWN, f"The policy names the organisation {name}, which is not mirrored exactly once."
        )
    return named[0]
