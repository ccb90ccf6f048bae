"""Writes that open, update, escalate, close and reopen cases.

Belongs here: which fields a decided action sends, what they were before, and the sentence that explains it. Does not
belong here: the decision (`sql/plan/case_actions.sql`) and the words on the case (`case_texts.py`).

A write carries only what changes. Status, priority and owner belong to people between two stages: they are set when a
case opens, climbs the ladder, closes or reopens, and never put back in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.planning.case_texts import (
    CaseTexts,
    amount_text,
    cents,
    date_text,
    resolution_text,
    template_values,
)
from xero_sf_pipeline.planning.kinds import Reason, WriteKind
from xero_sf_pipeline.planning.templates import one_line
from xero_sf_pipeline.planning.writes import PlannedWrite

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import CaseRules

Row = Mapping[str, Any]
Fields = dict[str, Any]

_ZERO = Decimal("0.00")


class CaseWriter:
    """Turns rows of temp.case_actions into writes, by the policy's case rules."""

    def __init__(self, rules: CaseRules) -> None:
        self._rules = rules
        self._texts = CaseTexts(rules)

    def write(self, row: Row) -> PlannedWrite:
        """Return the write for one decided action."""
        kind = WriteKind(row["kind"])
        payload, before = self._fields(kind, row)
        identity = self._identity(kind, row, payload)
        values = template_values(row)
        if "Subject" in payload:
            payload["Subject"], identity["Subject"] = self._texts.subject(row, values)
        if kind is WriteKind.CASE_OPEN or self._rules.texts.refresh_description:
            if kind is WriteKind.CASE_CLOSE:
                texts = self._texts.closing_description(row, values, payload["Xero_Resolution__c"])
            else:
                texts = self._texts.description(row, values)
            payload["Description"], identity["Description"] = texts
        is_closing = kind is WriteKind.CASE_CLOSE
        return PlannedWrite(
            kind=kind.value,
            target_object="Case",
            action="upsert",
            target_key_field="Xero_Invoice_Key__c",
            target_key=row["case_key"],
            target_id=None if kind is WriteKind.CASE_OPEN else row["sf_case_id"],
            tenant_id=row["tenant_id"],
            source_table="receivables.overdue_invoices" if row["has_claim"] else "core.invoices",
            source_id=row["case_key"],
            payload=payload,
            before=before,
            reason=row["reason"],
            explanation=one_line(f"{kind.value}/{row['reason']}: {self._why(kind, row)}"),
            identity=identity,
            amount=row["case_amount_due"] if is_closing else row["amount_due"],
            currency_code=row["currency_code"],
            depends_on=(row["account_write_id"],) if kind is WriteKind.CASE_OPEN and row["account_write_id"] else (),
            target_updated_us=row["target_updated_us"],
        )

    def _fields(self, kind: WriteKind, row: Row) -> tuple[Fields, Fields]:
        if kind is WriteKind.CASE_OPEN:
            return self._opening(row), {}
        if kind is WriteKind.CASE_CLOSE:
            payload, before = self._closing(row)
        else:
            payload, before = self._changed_facts(row)
        before |= self._what_makes_it_ours(row)
        if kind is WriteKind.CASE_REOPEN:
            payload["Status"], before["Status"] = self._rules.reopened_status, row["case_status"]
        return payload, before

    def _identity(self, kind: WriteKind, row: Row, payload: Fields) -> Fields:
        """Return the payload as the write id sees it: an account that we made is named by its contact, as before.

        Its owner is left out when it is the account's: it follows from the account and was not known before.
        """
        identity = dict(payload)
        if kind is WriteKind.CASE_OPEN and row["account_created_for"] is not None:
            del identity["AccountId"]
            identity["Account"] = {"Xero_Contact_ID__c": row["account_created_for"]}
            if row["stage_owner_id"] is None and self._rules.owner.rule == "account_owner":
                identity.pop("OwnerId", None)
        return identity

    def _what_makes_it_ours(self, row: Row) -> Fields:
        """Return what the fresh read before the push must still find, although the write does not change it.

        A case that a person closed, opened again or made something else since it was read is then left alone.
        """
        ours: Fields = {"IsClosed": row["is_closed"], "Subject": row["case_subject"]}
        return ours if self._rules.type is None else ours | {"Type": row["case_type"]}

    def _opening(self, row: Row) -> Fields:
        rules = self._rules
        payload: Fields = {
            "Subject": "",
            "Status": rules.opened_status,
            "Priority": row["wanted_priority"],
            "Xero_Amount_Due__c": row["amount_due"],
            "Xero_Currency__c": row["currency_code"],
            "Xero_Due_Date__c": row["due_on"],
            "Xero_Stage__c": row["wanted_stage"],
        }
        optional = {
            "Xero_Link__c": row["xero_url"],
            "Type": rules.type,
            "Origin": rules.origin,
            "RecordTypeId": rules.record_type_id,
            "OwnerId": self._owner(row),
            "AccountId": row["sf_account_id"],
        }
        payload |= {field: value for field, value in optional.items() if value is not None}
        if row["sf_account_id"] is None and row["is_account_coming"]:
            payload["Account"] = {"Xero_Contact_ID__c": row["xero_contact_id"]}
        return payload

    def _owner(self, row: Row) -> str | None:
        if row["stage_owner_id"] is not None:
            return str(row["stage_owner_id"])
        rules = self._rules.owner
        if rules.rule == "account_owner" and row["is_account_owner_active"]:
            return str(row["account_owner"])
        return None if rules.rule == "salesforce_default" else rules.user_or_queue_id

    def _changed_facts(self, row: Row) -> tuple[Fields, Fields]:
        payload: Fields = {}
        before: Fields = {}

        def change(field: str, wanted: object, present: object) -> None:
            if wanted != present:
                payload[field], before[field] = wanted, present

        change("Xero_Amount_Due__c", row["amount_due"], row["case_amount_due"])
        change("Xero_Currency__c", row["currency_code"], row["case_currency_code"])
        change("Xero_Due_Date__c", row["due_on"], row["case_due_on"])
        if row["has_resolution"]:
            change("Xero_Resolution__c", None, row["resolution"])
        if row["is_account_found"] or row["is_account_moved"]:
            change("AccountId", row["sf_account_id"], row["case_account"])
        if not row["is_kept"]:
            change("Xero_Stage__c", row["wanted_stage"], row["case_stage"])
            if row["is_stage_reached"] or row["is_stage_lowered"]:
                change("Priority", row["wanted_priority"], row["case_priority"])
                if row["stage_owner_id"] is not None:
                    change("OwnerId", row["stage_owner_id"], row["case_owner"])
        return payload, before

    def _closing(self, row: Row) -> tuple[Fields, Fields]:
        reason = Reason(row["reason"])
        if reason is Reason.NO_LONGER_CHASED:
            left = row["amount_due"]
        elif row["is_account_case"] or reason in (Reason.INVOICE_VOIDED, Reason.INVOICE_DELETED):
            left = _ZERO
        else:
            left = row["invoice_amount_due"]
        payload: Fields = {"Status": self._rules.closed_status, "Xero_Resolution__c": resolution_text(row)}
        before: Fields = {"Status": row["case_status"], "Xero_Resolution__c": row["resolution"]}
        amount = cents(left or _ZERO)
        if amount != row["case_amount_due"]:
            payload["Xero_Amount_Due__c"], before["Xero_Amount_Due__c"] = amount, row["case_amount_due"]
        return payload, before

    def _why(self, kind: WriteKind, row: Row) -> str:
        number = row["invoice_number"] or row["number_of_invoice"] or row["case_key"]
        what = (
            f"account {row['account_name']}"
            if row["is_account_case"]
            else f"invoice {number} of {row['name_of_contact']}"
        )
        case = f"case {row['case_number']}"
        if kind is WriteKind.CASE_CLOSE:
            return f"{case} for {what} is closed. {resolution_text(row)}"
        unpaid = f"{amount_text(row['amount_due'])} {row['currency_code']}"
        days = f"{row['days_overdue']} day{'' if row['days_overdue'] == 1 else 's'}"
        owed = f"{unpaid} is unpaid {days} after {date_text(row['due_on'])} (as of {row['as_of_on']})"
        was = f"{amount_text(row['case_amount_due'])} {row['case_currency_code'] or row['currency_code']}"
        match Reason(row["reason"]):
            case Reason.INVOICE_OVERDUE:
                return f"for {what}, {owed}; stage {row['wanted_stage']} of cases.ladder."
            case Reason.CASE_DELETED:
                return f"for {what}, {owed}; the earlier case was deleted and cases.recreate_deleted is on."
            case Reason.STAGE_REACHED:
                changed = f", and the amount changed from {was}" if row["is_amount_changed"] else ""
                return f"{case} for {what} reaches stage {row['wanted_stage']} of cases.ladder: {owed}{changed}."
            case Reason.OWED_AGAIN:
                return f"{case} for {what} was closed by us ({row['resolution']}), and now {owed}."
            case Reason.BALANCE_GREW:
                return f"{case} for {what} was closed by a person at {was}, and now {owed}."
            case Reason.AMOUNT_CHANGED:
                return f"{case} for {what}: the amount due changed from {was}, and now {owed}."
            case Reason.DUE_DATE_CHANGED:
                return f"{case} for {what}: the due date changed from {date_text(row['case_due_on'])}, and now {owed}."
            case Reason.ACCOUNT_FOUND:
                return f"{case} for {what} gets its account {row['account_name']}; {owed}."
            case Reason.ACCOUNT_MOVED:
                return f"{case} for {what} moves to account {row['account_name']}, its contact's match now; {owed}."
            case Reason.RESOLUTION_OUTDATED:
                return f"{case} for {what} was opened again by a person, and {owed}: the old resolution is cleared."
            case _:
                return f"{case} for {what}: stage {row['case_stage']} becomes {row['wanted_stage']}; {owed}."
