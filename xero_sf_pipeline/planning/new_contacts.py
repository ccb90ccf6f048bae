"""Contacts that an account needs in Xero before its first invoice.

Belongs here: creating them, and what invoices name while they do not exist. Does not belong here: which account needs
one (`billing/parties.py`) and later changes of contacts (`parties.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xero_sf_pipeline.parties.addresses import Address
from xero_sf_pipeline.parties.texts import is_email
from xero_sf_pipeline.planning.billing_writes import BilledContact
from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.kinds import XERO, Reason, WriteKind
from xero_sf_pipeline.planning.templates import cut, one_line
from xero_sf_pipeline.planning.writes import PlannedWrite, load_candidates, rows_of
from xero_sf_pipeline.warehouse.statements import sql

NAME_MAX = 255
EMAIL_MAX = 255
"""Lengths of Contact.Name and EmailAddress (Accounting API)."""


def plan_new_contacts(desk: PlanDesk) -> None:
    """Plan a contact for every account whose deal is to be billed and that has none. One that we created already and
    that the mirror does not show yet is not created again."""
    desk.connection.execute(
        sql("plan", "billing_contacts"),
        {
            "lead_days": desk.policy.billing.lead_days,
            "now": desk.now,
            "read_back_hours": desk.policy.pushing.read_back_hours,
        },
    )
    load_candidates(
        desk.connection,
        (
            new_contact(row, desk.mapped.new_in_xero("Account", "Contact", row["sf_account_id"]))
            for row in rows_of(desk.connection, "from billing_contacts where confirmed_id is null and not is_namesake")
        ),
    )


def contacts_coming(desk: PlanDesk) -> dict[tuple[str, str], BilledContact | str]:
    """Return by (tenant, account) what an invoice names, or why its contact does not come."""
    rules = {
        "now": desk.now,
        "read_back_hours": desk.policy.pushing.read_back_hours,
        "max_attempts": desk.policy.pushing.max_attempts,
    }
    desk.connection.execute(sql("plan", "dispositions"), rules)
    desk.connection.execute(sql("plan", "billing_contacts_coming"))
    found: dict[tuple[str, str], BilledContact | str] = {}
    rows = desk.connection.execute(
        "select tenant_id, sf_account_id, xero_contact_id, write_id, problem from billing_contacts_coming"
    ).fetchall()
    for tenant_id, sf_account_id, xero_contact_id, write_id, problem in rows:
        named = {"ContactNumber": sf_account_id}
        if xero_contact_id is not None:
            coming: BilledContact | str = BilledContact({"ContactID": xero_contact_id}, named)
        elif problem is not None:
            coming = f"its creation is {problem.replace('_', ' ')}"
        else:
            coming = BilledContact({"ContactID": {"$write": write_id}}, named, (write_id,))
        found[(tenant_id, sf_account_id)] = coming
    return found


def new_contact(row: Mapping[str, Any], mapped: Mapping[str, Any]) -> PlannedWrite:
    """Return the contact of an account: its name, its first person's e-mail, its billing address, mapped fields."""
    kind, reason = WriteKind.XERO_CONTACT_CREATE, Reason.ACCOUNT_WITHOUT_CONTACT
    name = one_line(row["account_name"])
    payload: dict[str, Any] = {"Name": cut(name, NAME_MAX), "ContactNumber": row["sf_account_id"]}
    email = (row["email"] or "").strip()
    if email and len(email) <= EMAIL_MAX and is_email(email):
        payload["EmailAddress"] = email
    address = Address.of(row["street"], row["city"], row["region"], row["postal_code"], row["country"])
    if not address.is_empty:
        payload["Addresses"] = [address.xero_entry("STREET", None)]
    payload |= mapped
    return PlannedWrite(
        kind=kind.value,
        target_system=XERO,
        target_object="Contact",
        action="upsert",
        target_key_field="ContactNumber",
        target_key=f"{row['tenant_id']}:{row['sf_account_id']}",
        target_id=None,
        tenant_id=row["tenant_id"],
        source_table="core.accounts",
        source_id=row["sf_account_id"],
        payload=payload,
        before={},
        reason=reason.value,
        explanation=f"{kind.value}/{reason.value}: {name} has a won deal to be billed and no contact in "
        f"{row['organisation_name']}; no active contact has its name.",
    )
