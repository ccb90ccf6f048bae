"""Payment facts for Salesforce: xero_invoice.upsert, account.update and opportunity.update.

Belongs here: which field takes which fact, within the lengths that Salesforce allows, and the sentence that explains a
write. Does not belong here: the facts (`receivables`), and which records differ (`sql/plan/payment_status_*.sql`).

What is too old to be told says Unknown, and nothing else: that one word may leave even when its organisation's other
writes wait for fresh facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.field_updates import FieldUpdate, load_field_updates
from xero_sf_pipeline.planning.kinds import Reason, WriteKind
from xero_sf_pipeline.planning.mapped_fields import MappedFields, Part
from xero_sf_pipeline.planning.templates import cut, one_line
from xero_sf_pipeline.planning.writes import PlannedWrite, load_candidates, rows_of
from xero_sf_pipeline.warehouse.statements import sql

Row = Mapping[str, Any]
Fields = dict[str, Any]

UNKNOWN = "Unknown"

_DOCUMENT_FIELDS = {
    "Name": "document_number",
    "Account__c": "sf_account_id",
    "Opportunity__c": "sf_opportunity_id",
    "Type__c": "document_type",
    "Status__c": "document_status",
    "Currency__c": "currency_code",
    "Reference__c": "reference",
    "Issued_On__c": "issued_on",
    "Due_On__c": "due_on",
    "Fully_Paid_On__c": "fully_paid_on",
    "Last_Payment_On__c": "last_payment_on",
    "Total__c": "amount_total",
    "Tax__c": "amount_tax",
    "Due__c": "amount_due",
    "Paid__c": "amount_paid",
    "Credited__c": "amount_credited",
    "Last_Payment__c": "amount_last_payment",
    "Organisation__c": "organisation_name",
    "Xero_Link__c": "xero_url",
}
_ACCOUNT_FIELDS = {
    "Xero_Payment_Status__c": "payment_status",
    "Xero_Outstanding__c": "amount_outstanding",
    "Xero_Overdue__c": "amount_overdue",
    "Xero_Unallocated_Credit__c": "amount_unallocated_credit",
    "Xero_Open_Invoices__c": "open_invoice_count",
    "Xero_Oldest_Due_Date__c": "oldest_due_on",
    "Xero_Average_Days_Late__c": "average_days_late",
}
_OPPORTUNITY_FIELDS = {
    "Xero_Billed__c": "amount_billed",
    "Xero_Paid__c": "amount_paid",
    "Xero_Due__c": "amount_invoice_due",
    "Xero_Invoice_Count__c": "invoice_count",
}
_LENGTHS = {"Name": 80, "Reference__c": 255, "Organisation__c": 255, "Xero_Link__c": 255}
"""Lengths of texts that Xero allows to be longer: the name field of a custom object has 80, Url and Text here 255."""


def plan_payment_status(desk: PlanDesk) -> None:
    """Plan the mirror records and the payment fields, as far as the policy switches them on."""
    rules = desk.policy.payment_status
    if not rules.enabled:
        return
    connection = desk.connection
    connection.execute(sql("plan", "payment_status_tenants"))
    ages = {"now": desk.now, "freshness_hours": rules.freshness_hours}
    desk.mapped.list_mirror_changes()
    connection.execute(sql("plan", "payment_status_documents"), ages)
    connection.execute(sql("plan", "payment_status_accounts"), ages | {"refresh_hours": rules.refresh_hours})
    _plan_opportunity_totals(desk)
    if rules.invoices:
        load_candidates(connection, _document_writes(rows_of(connection, "from payment_status_documents"), desk.mapped))
    if rules.accounts:
        load_field_updates(connection, _account_updates(rows_of(connection, "from payment_status_accounts")))
    if rules.opportunities:
        rows = rows_of(connection, "from payment_status_opportunities where len(missing_rates) = 0")
        load_field_updates(connection, _opportunity_updates(rows))
    connection.execute(
        sql("plan", "payment_status_exclusions"),
        {
            "plan_id": desk.plan_id,
            "with_invoices": rules.invoices,
            "with_accounts": rules.accounts,
            "with_opportunities": rules.opportunities,
        },
    )
    for table in ("tenants", "documents", "accounts", "opportunities"):
        connection.execute(f"drop table temp.payment_status_{table}")
    connection.execute("drop table temp.mapped_documents")
    connection.execute("drop table temp.salesforce_currency")


def _plan_opportunity_totals(desk: PlanDesk) -> None:
    desk.connection.execute(sql("receivables", "conversion"))
    desk.connection.execute(
        sql("receivables", "salesforce_currency"), {"salesforce_currency": desk.policy.currency.salesforce}
    )
    desk.connection.execute(sql("plan", "payment_status_opportunities"))


def _document_writes(rows: Iterator[dict[str, Any]], mapped: MappedFields) -> Iterator[PlannedWrite]:
    for row in rows:
        write = _document_write(row, mapped.mirror_change(row["document_key"]))
        if write is not None:
            yield write


def _document_write(row: Row, mapped: Part | None) -> PlannedWrite | None:
    present = row["present"] if row["sf_xero_invoice_id"] is not None else None
    payload: Fields
    before: Fields
    if row["is_unknown"]:
        payload, before = {"Status__c": UNKNOWN}, {"Status__c": row["present"]["document_status"]}
        reason = Reason.FACTS_STALE
    else:
        payload, before = _changes(_DOCUMENT_FIELDS, row, present)
        if mapped is not None:
            payload, before = payload | dict(mapped.payload), before | dict(mapped.before)
        if not payload:
            return None
        if present is None:
            before = {}
            payload = {field: value for field, value in payload.items() if value is not None}
            if row["record_currency_code"] is not None:
                payload["CurrencyIsoCode"] = row["record_currency_code"]
        reason = Reason.DOCUMENT_MISSING if present is None else Reason.DOCUMENT_CHANGED
    changed = dict(payload)
    # The id names an account that we make by the contact it is made for, so that it stays when the account has an id.
    by_key = {"Account__r": {"Xero_Contact_ID__c": row["account_created_for"]}}
    if row["is_account_coming"]:
        payload |= by_key
    identity = dict(payload)
    if row["account_created_for"] is not None and identity.pop("Account__c", None) is not None:
        identity |= by_key
    if not row["is_unknown"]:
        payload["As_Of__c"] = _instant(row["as_of_at"])
        if present is not None:
            before["As_Of__c"] = _instant(present["as_of_at"])
    return PlannedWrite(
        kind=WriteKind.XERO_INVOICE_UPSERT.value,
        target_object="Xero_Invoice__c",
        action="upsert",
        target_key_field="Key__c",
        target_key=row["document_key"],
        target_id=row["sf_xero_invoice_id"],
        tenant_id=row["tenant_id"],
        source_table="receivables.invoice_status",
        source_id=row["document_key"],
        payload=payload,
        before=before,
        identity=identity,
        reason=reason.value,
        explanation=f"xero_invoice.upsert/{reason.value}: {_document_told(row, reason, changed, before)}",
        depends_on=(row["account_write_id"],) if row["account_write_id"] else (),
        target_updated_us=row["target_updated_us"],
    )


def _document_told(row: Row, reason: Reason, changed: Fields, before: Fields) -> str:
    what = f"{row['document_type'].lower()} {one_line(row['document_number'])} of {one_line(row['contact_name'] or '')}"
    if reason is Reason.FACTS_STALE:
        return f"{what}: {_not_read(row)}."
    if reason is Reason.DOCUMENT_CHANGED:
        return f"{what}: {_told(changed, before)}."
    coming = " It goes to the account that is being created." if row["is_account_coming"] else ""
    amount = f"{row['amount_total']} {row['currency_code']}"
    return f"{what} is not in Salesforce yet: {amount}, {row['document_status']}.{coming}"


def _account_updates(rows: Iterator[dict[str, Any]]) -> Iterator[FieldUpdate]:
    for row in rows:
        present = row["present"]
        if row["is_unknown"]:
            payload: Fields = {"Xero_Payment_Status__c": UNKNOWN}
            before: Fields = {"Xero_Payment_Status__c": present["payment_status"]}
            identity = dict(payload)
            reason, why = Reason.FACTS_STALE, _not_read(row)
        else:
            payload, before = _changes(_ACCOUNT_FIELDS, row, present)
            identity = dict(payload)
            if row["is_linked"]:
                payload["Xero_As_Of__c"], before["Xero_As_Of__c"] = (
                    _instant(row["as_of_at"]),
                    _instant(present["as_of_at"]),
                )
            if not row["is_linked"]:
                reason, why = Reason.ACCOUNT_UNLINKED, "no Xero contact is linked to it any more"
            elif identity:
                reason, why = Reason.PAYMENT_STATUS_CHANGED, _told(identity, before, row["currency_code"])
            else:
                reason, why = Reason.AS_OF_OUTDATED, f"nothing changed up to {payload['Xero_As_Of__c']}"
        name = one_line(row["account_name"] or row["sf_account_id"])
        yield FieldUpdate(
            kind=WriteKind.ACCOUNT_UPDATE.value,
            target_object="Account",
            target_key=row["sf_account_id"],
            tenant_id=row["tenant_id"],
            source_table="receivables.account_status",
            source_id=row["sf_account_id"],
            payload=payload,
            before=before,
            identity=identity,
            reason=reason.value,
            explanation=f"account.update/{reason.value}: {name}: {why}.",
            target_updated_us=row["target_updated_us"],
        )


def _opportunity_updates(rows: Iterator[dict[str, Any]]) -> Iterator[FieldUpdate]:
    for row in rows:
        payload, before = _changes(_OPPORTUNITY_FIELDS, row, row["present"])
        reason = Reason.INVOICE_TOTALS_CHANGED
        yield FieldUpdate(
            kind=WriteKind.OPPORTUNITY_UPDATE.value,
            target_object="Opportunity",
            target_key=row["sf_opportunity_id"],
            tenant_id=row["tenant_id"],
            source_table="billing.invoice_links",
            source_id=row["sf_opportunity_id"],
            payload=payload,
            before=before,
            reason=reason.value,
            explanation=f"opportunity.update/{reason.value}: {one_line(row['opportunity_name'] or '')}: "
            f"{_told(payload, before, row['currency_code'])}.",
            target_updated_us=row["target_updated_us"],
        )


def _changes(fields: Mapping[str, str], row: Row, present: Row | None) -> tuple[Fields, Fields]:
    payload: Fields = {}
    before: Fields = {}
    for field, column in fields.items():
        wanted = _fitting(field, row[column])
        found = None if present is None else present[column]
        if wanted != found:
            payload[field], before[field] = wanted, found
    return payload, before


def _fitting(field: str, value: Any) -> Any:
    """The value as Salesforce will show it: one line, within its length."""
    longest = _LENGTHS.get(field)
    if longest is None or value is None:
        return value
    return cut(one_line(value), longest) or None


def _told(payload: Fields, before: Fields, currency_code: str | None = None) -> str:
    """What changes, in words. Amounts of an account or opportunity are in `currency_code`."""
    changes = ", ".join(
        f"{field} {_shown(before[field])} becomes {_shown(value)}"
        for field, value in payload.items()
        if field in before
    )
    return f"{changes} (in {currency_code})" if currency_code else changes


def _shown(value: Any) -> str:
    return "empty" if value is None else str(value)


def _not_read(row: Row) -> str:
    return f"the facts are of {_instant(row['as_of_at'])}, older than payment_status.freshness_hours"


def _instant(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
