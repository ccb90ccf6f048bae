"""Xero quotes as opportunities: opportunity.create and opportunity.update.

Belongs here: payloads, and what is left to a person. Does not belong here: which quotes need an opportunity and whose
stage it is (`sql/plan/quote_changes.sql`), product lines (`quote_lines.py`), the invoice of a quote (`quote_links.py`).

An opportunity with product lines takes its amount from them: the lines of a quote are carried over only when they come
to the quote's amount (`quote_lines.py`), else the amount alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.exclusions import Exclusion, load_exclusions
from xero_sf_pipeline.planning.field_updates import FieldUpdate, load_field_updates
from xero_sf_pipeline.planning.kinds import ExclusionReason, Reason, WriteKind
from xero_sf_pipeline.planning.quote_lines import QuoteLines, find_quote_lines, plan_quote_lines
from xero_sf_pipeline.planning.templates import cut, one_line
from xero_sf_pipeline.planning.writes import PlannedWrite, load_candidates, rows_of
from xero_sf_pipeline.receivables.as_of_days import local_day
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy.quotes import QuoteRules

Row = Mapping[str, Any]

OPPORTUNITY_NAME_MAX = 120
"""Length of Opportunity.Name (Salesforce object reference)."""

_DECIDED = frozenset({"DECLINED", "INVOICED", "DELETED"})
"""Statuses after which the quote is no longer being sold."""


def plan_quotes(desk: PlanDesk) -> None:
    """Plan an opportunity per quote, its stage, close date, amount and lines; nothing while the section is off."""
    rules = desk.policy.quotes
    if not rules.enabled:
        return
    connection = desk.connection
    statuses = list(rules.stages)
    connection.execute(
        "create or replace temp table quote_stages as select unnest($statuses::varchar[]) as quote_status, "
        "unnest($stages::varchar[]) as stage, unnest($created::boolean[]) as is_created, "
        "unnest($decided::boolean[]) as is_decided",
        {
            "statuses": [status.value for status in statuses],
            "stages": [rules.stages[status] for status in statuses],
            "created": [status in rules.create_when for status in statuses],
            "decided": [status.value in _DECIDED for status in statuses],
        },
    )
    connection.execute(
        sql("plan", "quote_changes"),
        {
            "salesforce_currency": desk.policy.currency.salesforce,
            "close_after_days": rules.close_after_days,
            "amount_kind": rules.amount,
            "max_age_days": rules.max_age_days,
            "today": local_day(desk.now, "UTC"),
            "now": desk.now,
            "read_back_hours": desk.policy.pushing.read_back_hours,
        },
    )
    lines = find_quote_lines(desk)
    new = "from quote_changes where sf_opportunity_id is null and exclusion is null order by quote_key"
    load_candidates(connection, (opportunity_creation(row, desk, lines) for row in rows_of(connection, new)))
    left_out: list[Exclusion] = []
    known = "from quote_changes where sf_opportunity_id is not null order by quote_key"
    load_field_updates(connection, _updates(rows_of(connection, known), lines, left_out))
    left_out += plan_quote_lines(desk)
    kept = "from quote_changes where exclusion is not null and exclusion <> 'not_wanted' order by quote_key"
    left_out += [_not_created(row) for row in rows_of(connection, kept)]
    unclear = "from quote_changes where has_invoice_in_review and sf_opportunity_id is not null order by quote_key"
    left_out += [_unclear_invoice(row) for row in rows_of(connection, unclear)]
    load_exclusions(connection, desk.plan_id, left_out)
    for table in ("quote_stages", "quote_changes"):
        connection.execute(f"drop table temp.{table}")


def opportunity_creation(row: Row, desk: PlanDesk, lines: QuoteLines) -> PlannedWrite:
    """Return the opportunity of a quote, by the quote's key as external id; with a price book when it gets lines."""
    rules: QuoteRules = desk.policy.quotes
    kind, reason = WriteKind.OPPORTUNITY_CREATE.value, Reason.QUOTE_WITHOUT_OPPORTUNITY.value
    # The id names an account that we make by the contact it is made for, so that it stays when the account has an id.
    by_key = {"Account": {"Xero_Contact_ID__c": row["account_created_for"]}}
    account: dict[str, Any] = {"AccountId": row["live_account"]} if row["live_account"] else by_key
    details: dict[str, Any] = {
        "Name": _name(row),
        "StageName": row["stage_wanted"],
        "CloseDate": row["close_on"].isoformat(),
        "Amount": row["amount"],
    }
    optional = {
        "Type": rules.type,
        "RecordTypeId": rules.record_type_id,
        "OwnerId": _owner(row, desk),
        "CurrencyIsoCode": row["currency_code"] if row["has_currencies"] else None,
        "Pricebook2Id": lines.price_book(row["quote_key"]),
    }
    details |= {field: value for field, value in optional.items() if value is not None}
    details |= desk.mapped.new_in_salesforce("Opportunity", "Quote", row["quote_key"])
    return PlannedWrite(
        kind=kind,
        target_object="Opportunity",
        action="upsert",
        target_key_field="Xero_Quote_ID__c",
        target_key=row["quote_key"],
        target_id=None,
        tenant_id=row["tenant_id"],
        source_table="core.quotes",
        source_id=row["quote_key"],
        payload=account | details,
        before={},
        identity=by_key | {field: value for field, value in details.items() if field != "OwnerId"}
        if row["account_created_for"]
        else account | details,
        depends_on=(row["account_write_id"],) if row["account_write_id"] else (),
        reason=reason,
        explanation=f"{kind}/{reason}: quote {_number(row)} of {one_line(row['contact_name'] or '')} is "
        f"{row['quote_status'].lower()} and has no opportunity.",
        amount=row["amount"],
        currency_code=row["currency_code"],
    )


def _owner(row: Row, desk: PlanDesk) -> str | None:
    """The owner of the account, also of one that is only being created."""
    if row["live_account"] is None:
        return desk.policy.accounts.create.owner_id
    return row["owner_sf_user_id"] if row["is_owner_active"] else None


def _updates(rows: Iterator[Row], lines: QuoteLines, left_out: list[Exclusion]) -> Iterator[FieldUpdate]:
    kind, reason = WriteKind.OPPORTUNITY_UPDATE.value, Reason.QUOTE_CHANGED.value
    for row in rows:
        payload: dict[str, Any] = {}
        before: dict[str, Any] = {}
        if row["stage_exclusion"] is not None:
            left_out.append(_stage_kept(row))
        elif row["is_stage_wanted"]:
            payload["StageName"], before["StageName"] = row["stage_wanted"], row["stage_name"]
        # A deal that is closed, or that a person works on by hand, keeps its date and amount.
        is_followed = row["is_stage_ours"] and row["stage_exclusion"] is None
        if is_followed and not (row["is_closed"] and not payload):
            is_date_wanted = row["close_on"] != row["opportunity_close_on"] and not row["is_decided"]
            if is_date_wanted and row["is_close_ours"]:
                payload["CloseDate"] = row["close_on"].isoformat()
                before["CloseDate"] = _iso(row["opportunity_close_on"])
            is_explained = row["has_lines"] and lines.explain_amount(row["quote_key"])
            if row["amount"] != row["opportunity_amount"] and not is_explained:
                if problem := _amount_problem(row):
                    left_out.append(problem)
                else:
                    payload["Amount"], before["Amount"] = row["amount"], row["opportunity_amount"]
        if not payload:
            continue
        yield FieldUpdate(
            kind=kind,
            target_object="Opportunity",
            target_key=row["sf_opportunity_id"],
            tenant_id=row["tenant_id"],
            source_table="core.quotes",
            source_id=row["quote_key"],
            payload=payload,
            before=before,
            reason=reason,
            explanation=f"{kind}/{reason}: quote {_number(row)} is {row['quote_status'].lower()}; "
            f"{', '.join(payload)} of its opportunity follow.",
            amount=row["amount"],
            currency_code=row["currency_code"],
            target_updated_us=row["target_updated_us"],
        )


def _amount_problem(row: Row) -> Exclusion | None:
    if row["has_lines"]:
        told = f"Quote {_number(row)} has another amount; the opportunity takes its own from its product lines."
        return _exclusion(row, WriteKind.OPPORTUNITY_UPDATE, ExclusionReason.AMOUNT_FROM_LINES, told)
    in_salesforce = row["opportunity_currency_code"]
    if row["has_other_currency"] or (in_salesforce is not None and in_salesforce != row["currency_code"]):
        told = f"Quote {_number(row)} is in {row['currency_code']}, the opportunity is in another currency."
        return _exclusion(row, WriteKind.OPPORTUNITY_UPDATE, ExclusionReason.CURRENCY_DIFFERS, told)
    return None


_WHY_NOT_CREATED = {
    "awaiting_read_back": "was given an opportunity; the next read of Salesforce will show it",
    "opportunity_deleted": "had an opportunity that was deleted in Salesforce; it is not created again",
    "contact_ignored": "belongs to a contact that gets no account",
    "match_in_review": "waits for a person's word on which account its contact is (`xero-sf matches`)",
    "unmatched": "belongs to a contact without an account",
    "currency_differs": "is in a currency that the Salesforce org does not have",
}


def _not_created(row: Row) -> Exclusion:
    told = f"Quote {_number(row)} of {one_line(row['contact_name'] or '')} {_WHY_NOT_CREATED[row['exclusion']]}."
    return _exclusion(row, WriteKind.OPPORTUNITY_CREATE, ExclusionReason(row["exclusion"]), told)


def _stage_kept(row: Row) -> Exclusion:
    told = (
        f"Quote {_number(row)} is {row['quote_status'].lower()} ({row['stage_wanted']}); the opportunity is at "
        f"{row['stage_name']}, where a person put it."
    )
    return _exclusion(row, WriteKind.OPPORTUNITY_UPDATE, ExclusionReason(row["stage_exclusion"]), told)


def _unclear_invoice(row: Row) -> Exclusion:
    told = (
        f"Quote {_number(row)} is invoiced in Xero and it is not clear by which invoice; "
        "put its number into the reference of that invoice, so that the deal is not billed again."
    )
    return _exclusion(row, WriteKind.OPPORTUNITY_UPDATE, ExclusionReason.QUOTE_INVOICE_AMBIGUOUS, told)


def _exclusion(row: Row, kind: WriteKind, reason: ExclusionReason, told: str) -> Exclusion:
    return Exclusion(
        "core.quotes", row["quote_key"], kind.value, reason.value, told, row["amount"], row["currency_code"]
    )


def _name(row: Row) -> str:
    parts = (row["title"] or row["reference"] or f"Quote {_number(row)}", row["contact_name"])
    return cut(", ".join(one_line(part) for part in parts if part and part.strip()), OPPORTUNITY_NAME_MAX)


def _number(row: Row) -> str:
    return str(row["quote_number"] or row["quote_key"])


def _iso(day: Any) -> str | None:
    return None if day is None else str(day.isoformat())
