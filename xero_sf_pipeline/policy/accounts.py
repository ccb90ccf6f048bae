"""How Xero contacts and Salesforce accounts are tied together, and which accounts are made."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, get_args

from xero_sf_pipeline.policy.fields import PicklistValue, RecordTypeId, Section, UserId


class CreateAccountWhen(StrEnum):
    """Which contacts without an account get a new one."""

    CUSTOMER = "customer"
    OVERDUE = "overdue"
    NEVER = "never"


AccountField = Literal["Phone", "Website", "AccountNumber", "BillingAddress"]


class CreateAccounts(Section):
    """When contacts get a new account, and what it looks like."""

    when: CreateAccountWhen = CreateAccountWhen.CUSTOMER
    type: PicklistValue | None = "Customer"
    record_type_id: RecordTypeId | None = None
    owner_id: UserId | None = None
    fields: tuple[AccountField, ...] = get_args(AccountField)
    recreate_deleted: bool = False


class AccountRules(Section):
    """How Xero contacts and Salesforce accounts are tied together."""

    create: CreateAccounts = CreateAccounts()
    write_contact_id_on_account: bool = True
    write_xero_contact_records: bool = True
