"""Tasks for the owners of accounts: task.create when a cause comes up, task.close when it is gone.

Belongs here: the words and fields of a task. Does not belong here: what is a cause (`sql/receivables/alert_causes.sql`)
and which causes have a task already (`sql/plan/alert_tasks.sql`).

A task is upserted by its alert key, so that a call sent twice makes one task: Task takes upsert() (Object Reference,
"Task", supported calls), and a text field of Activity may be an external id and unique (orgs have such fields in their
deployed metadata). An upsert would open a closed task again; the plan asks for none whose key is known, and what may
have arrived is read before it is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.kinds import Reason, WriteKind
from xero_sf_pipeline.planning.templates import cut, one_line
from xero_sf_pipeline.planning.writes import PlannedWrite, load_candidates, rows_of
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import AlertRules

Row = Mapping[str, Any]

ALERT_KEY = "Xero_Alert_Key__c"
SUBJECT_MAX = 255
DESCRIPTION_MAX = 32_000

_SUBJECTS = {
    "overdue_beyond_limit": "Long overdue",
    "credit_note_issued": "Credit note issued",
    "payment_habit_broken": "Pays later than usual",
    "exposure_growing": "Owes more than usual",
    "renewal_closing_soon": "Renewal closes while invoices are overdue",
}


def plan_alerts(desk: PlanDesk) -> None:
    """Plan the tasks that are missing and close those whose cause is gone."""
    rules = desk.policy.alerts
    if not rules.enabled:
        return
    desk.connection.execute(sql("plan", "alert_tasks"), {"owner_id": rules.owner_id})
    rows = rows_of(desk.connection, "from alert_tasks where kind is not null order by alert_key")
    load_candidates(desk.connection, (_task_write(row, rules) for row in rows))
    desk.connection.execute(sql("plan", "alert_exclusions"), {"plan_id": desk.plan_id})
    desk.connection.execute("drop table temp.alert_tasks")


def _task_write(row: Row, rules: AlertRules) -> PlannedWrite:
    return _creation(row, rules) if row["kind"] == WriteKind.TASK_CREATE else _closing(row, rules)


def _creation(row: Row, rules: AlertRules) -> PlannedWrite:
    cause, name = row["cause"], one_line(row["account_name"] or row["sf_account_id"])
    link = f"\n\nXero: {row['xero_url']}" if row["xero_url"] else ""
    due_on = None if row["as_of_on"] is None else row["as_of_on"] + timedelta(days=rules.due_after_days)
    lasting: dict[str, Any] = {
        "Subject": cut(f"{_SUBJECTS[cause]}: {name}", SUBJECT_MAX),
        "Status": rules.open_status,
        "Priority": getattr(rules, cause).priority,
        "WhatId": row["sf_account_id"],
        "OwnerId": row["owner_id"],
    }
    told = {"Description": cut(f"{row['evidence']}{link}", DESCRIPTION_MAX), "ActivityDate": due_on}
    return PlannedWrite(
        kind=WriteKind.TASK_CREATE.value,
        target_object="Task",
        action="upsert",
        target_key_field=ALERT_KEY,
        target_key=row["alert_key"],
        target_id=None,
        tenant_id=row["tenant_id"],
        source_table="receivables.alerts",
        source_id=row["alert_key"],
        payload=lasting | told,
        before={},
        identity=lasting | dict.fromkeys(told),
        reason=Reason.ALERT_RAISED.value,
        explanation=f"task.create/{cause}: {name}: {row['evidence']} (alerts.{cause})",
    )


def _closing(row: Row, rules: AlertRules) -> PlannedWrite:
    name = one_line(row["account_name"] or row["sf_account_id"])
    was = f" It was: {row['evidence']}" if row["evidence"] else ""
    return PlannedWrite(
        kind=WriteKind.TASK_CLOSE.value,
        target_object="Task",
        action="update",
        target_key_field="Id",
        target_key=row["sf_task_id"],
        target_id=row["sf_task_id"],
        tenant_id=row["tenant_id"],
        source_table="receivables.alerts",
        source_id=row["alert_key"],
        payload={"Status": rules.closed_status},
        before={"Status": row["task_status"], "IsClosed": False},
        reason=Reason.ALERT_CAUSE_GONE.value,
        explanation=f"task.close/{row['cause']}: {name}: the cause is gone.{was}",
        target_updated_us=row["target_updated_us"],
    )
