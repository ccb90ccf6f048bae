"""Xero contacts for accounts of the types that the policy names, whether a deal is to be billed or not.

Belongs here: which accounts, beside those that billing needs. Does not belong here: the contact itself, which is the
same wherever it is planned (`new_contacts.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.exclusions import Exclusion, load_exclusions
from xero_sf_pipeline.planning.kinds import ExclusionReason, WriteKind
from xero_sf_pipeline.planning.new_contacts import new_contact
from xero_sf_pipeline.planning.templates import one_line
from xero_sf_pipeline.planning.writes import PlannedWrite, load_candidates, rows_of
from xero_sf_pipeline.warehouse.statements import sql

_WHY = {
    ExclusionReason.ORGANISATION_UNCLEAR: "of several Xero organisations, billing tells which one it needs",
    ExclusionReason.MATCH_IN_REVIEW: "a Xero contact may be this account already; decide it with `xero-sf matches`",
    ExclusionReason.NAME_NOT_UNIQUE: "another active contact, or another account, has its name",
    ExclusionReason.AWAITING_READ_BACK: "its contact was created and is not read back yet",
}


def plan_contacts_of_types(desk: PlanDesk) -> None:
    """Plan a contact for every account of `parties.create_xero_contacts` that has none.

    Runs after billing has planned its own.
    """
    rules = desk.policy.parties
    if not rules.enabled or not rules.create_xero_contacts:
        return
    connection = desk.connection
    connection.execute(sql("plan", "party_new_contacts"), {"types": list(rules.create_xero_contacts)})
    kind = WriteKind.XERO_CONTACT_CREATE.value
    new = rows_of(connection, "from party_new_contacts where exclusion is null order by sf_account_id")
    load_candidates(connection, (_write(row, desk) for row in new))
    kept = rows_of(connection, "from party_new_contacts where exclusion is not null order by sf_account_id")
    left_out = [
        Exclusion(
            "core.accounts",
            row["sf_account_id"],
            kind,
            row["exclusion"],
            f"No contact is made for {one_line(row['account_name'])}: {_WHY[ExclusionReason(row['exclusion'])]}.",
        )
        for row in kept
    ]
    load_exclusions(connection, desk.plan_id, left_out)
    connection.execute("drop table temp.party_new_contacts")


def _write(row: Mapping[str, Any], desk: PlanDesk) -> PlannedWrite:
    write = new_contact(row, desk.mapped.new_in_xero("Account", "Contact", row["sf_account_id"]))
    told = f"{one_line(row['account_name'])} is of type {row['account_type']} and has no contact in"
    return replace(
        write,
        explanation=f"{write.kind}/{write.reason}: {told} {row['organisation_name']} (parties.create_xero_contacts).",
    )
