"""Works out what should be written: a pure function of the tables, the policy, the ledger and the time.

Reads core, matching.links, receivables, ledger and people's approvals; writes plan.runs, plan.writes and
plan.exclusions. It never calls an API. Belongs here: the order of the steps. Does not belong here: the rules
(`sql/plan`), payloads (`accounts.py`, `cases.py`), limits (`guards.py`).

A further flow is a module of its own, named in `flows.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.planning.accounts import account_creation, account_link, xero_contact_link
from xero_sf_pipeline.planning.approvals import read_decisions
from xero_sf_pipeline.planning.cases import CaseWriter
from xero_sf_pipeline.planning.desk import PlanDesk
from xero_sf_pipeline.planning.exclusions import Exclusion, load_exclusions
from xero_sf_pipeline.planning.field_updates import create_field_updates, merge_field_updates
from xero_sf_pipeline.planning.flows import FLOWS
from xero_sf_pipeline.planning.guards import ExistingRecords, KindTotal, stale_mirror, tripped_guards
from xero_sf_pipeline.planning.parameters import create_parameters, drop_work_tables
from xero_sf_pipeline.planning.writes import load_candidates, rows_of
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import Policy


@dataclass(frozen=True)
class PlanReport:
    """What a plan holds. Amounts per currency are of the case writes."""

    plan_id: str
    write_count: int
    is_held: bool
    held_reason: str | None
    writes_by_kind: Mapping[str, int]
    writes_by_approval: Mapping[str, int]
    amounts_by_currency: Mapping[str, Decimal]
    exclusions_by_reason: Mapping[str, int]
    unexplained_invoice_count: int

    @property
    def exclusion_count(self) -> int:
        return sum(self.exclusions_by_reason.values())


def make_plan(
    connection: DuckDBPyConnection, policy: Policy, now: datetime, run_id: str, *, approvals_path: Path | None = None
) -> PlanReport:
    """Replace plan.writes and plan.exclusions by what is to be done now, and append the plan to plan.runs.

    The same inputs give the same write ids. What is done, parked, dismissed or on its way is not planned again.

    Args:
        connection: a warehouse connection inside a transaction.
        now: the instant of planning, aware. Each organisation's newest derived day up to its today is planned.
        run_id: the run that plans; part of the plan's id.
        approvals_path: the file of people's decisions, see `approvals.py`.

    Raises:
        ConfigError: the approvals file has lines that are not approvals.
    """
    if now.tzinfo is None:
        raise ValueError("now must be an aware instant")
    create_parameters(connection, policy, now, read_decisions(approvals_path))
    input_hash = _scalar(connection, sql("plan", "input_hash"))
    plan_id = _plan_id(now, run_id, str(input_hash), policy.content_hash)
    connection.execute("delete from plan.runs where plan_id = $plan_id", {"plan_id": plan_id})
    planned_at = _after_every_plan(connection, now)
    for table in ("writes", "exclusions"):
        connection.execute(f"delete from plan.{table}")  # noqa: S608 - fixed table names
    _candidates(connection, policy, now, plan_id)
    tripped = _guards(connection, policy, now)
    connection.execute(sql("plan", "refused_writes"), {"plan_id": plan_id})
    connection.execute(sql("plan", "writes"), {"plan_id": plan_id, "planned_at": planned_at, "is_held": bool(tripped)})
    held_reason = "; ".join(tripped) or None
    connection.execute(
        "insert into plan.runs by name select $plan_id as plan_id, $planned_at::timestamptz as planned_at, "
        "$now::timestamptz as as_of_at, $policy_hash as policy_hash, $input_hash as input_hash, "
        "(select count(*) from plan.writes) as write_count, $is_held as is_held, $held_reason as held_reason",
        {
            "plan_id": plan_id,
            "planned_at": planned_at,
            "now": now,
            "policy_hash": policy.content_hash,
            "input_hash": input_hash,
            "is_held": bool(tripped),
            "held_reason": held_reason,
        },
    )
    connection.execute(sql("plan", "invoice_coverage"))
    report = _report(connection, plan_id, held_reason)
    drop_work_tables(connection)
    return report


def _candidates(connection: DuckDBPyConnection, policy: Policy, now: datetime, plan_id: str) -> None:
    """Accounts first: cases and links depend on the writes that create their accounts, unless those are refused."""
    ledger_rules = {
        "now": now, "read_back_hours": policy.pushing.read_back_hours, "max_attempts": policy.pushing.max_attempts
    }  # fmt: skip
    connection.execute(
        sql("plan", "stale_tenants"), {"now": now, "max_mirror_age_hours": policy.guards.max_mirror_age_hours}
    )
    connection.execute(sql("plan", "confirmed_targets"))
    connection.execute(sql("plan", "created_accounts"))
    desk = PlanDesk(connection, policy, now, plan_id)
    _account_candidates(desk)
    _meet_ledger(connection, ledger_rules)
    connection.execute(sql("plan", "accounts_coming"))
    _link_candidates(connection, policy)
    connection.execute(sql("plan", "account_exclusions"), {"plan_id": plan_id})
    _case_candidates(connection, policy, now, plan_id)
    create_field_updates(connection)
    for flow in FLOWS:
        flow(desk)
    merge_field_updates(connection)
    _meet_ledger(connection, ledger_rules)


def _meet_ledger(connection: DuckDBPyConnection, ledger_rules: Mapping[str, Any]) -> None:
    """Decide by the ledger which candidates may be planned; ends because every new id is one the ledger has less of."""
    recurring = True
    while recurring:
        connection.execute(sql("plan", "dispositions"), ledger_rules)
        recurring = bool(
            _scalar(connection, "select count(*) from dispositions where state = 'confirmed' and refusal is null")
        )
        if recurring:
            connection.execute(sql("plan", "recurrences"))


def _account_candidates(desk: PlanDesk) -> None:
    connection, rules = desk.connection, desk.policy.accounts.create
    connection.execute(
        sql("plan", "account_creations"), {"create_when": rules.when.value, "recreate_deleted": rules.recreate_deleted}
    )
    left_out: list[Exclusion] = []

    def writes() -> Any:
        for row in rows_of(connection, "from account_creations where exclusion is null"):
            mapped = desk.mapped.new_in_salesforce("Account", "Contact", row["contact_key"])
            write, dropped = account_creation(row, rules, mapped)
            left_out.extend(dropped)
            yield write

    load_candidates(connection, writes())
    load_exclusions(connection, desk.plan_id, left_out)


def _link_candidates(connection: DuckDBPyConnection, policy: Policy) -> None:
    connection.execute(sql("plan", "account_links"))
    if policy.accounts.write_contact_id_on_account:
        rows = rows_of(connection, "from account_links where exclusion is null")
        load_candidates(connection, map(account_link, rows))
    if policy.accounts.write_xero_contact_records:
        connection.execute(sql("plan", "xero_contact_links"))
        load_candidates(connection, map(xero_contact_link, rows_of(connection, "from xero_contact_links")))


def _case_candidates(connection: DuckDBPyConnection, policy: Policy, now: datetime, plan_id: str) -> None:
    rules = policy.cases
    per_account = rules.per.value == "account"
    connection.execute(sql("plan", "mirrored_cases"), {"case_type": rules.type, "subject_prefix": rules.subject_prefix})
    connection.execute(sql("plan", "lost_cases"), {"now": now, "read_back_hours": policy.pushing.read_back_hours})
    connection.execute(
        sql("plan", "invoice_claims"),
        {"per_account": per_account, "hold_unmatched": rules.unmatched_invoices.value == "hold"},
    )
    connection.execute(sql("plan", "case_claims"), {"per_account": per_account})
    connection.execute(
        sql("plan", "case_actions"),
        {
            "per_account": per_account,
            "recreate_deleted": rules.recreate_deleted,
            "reopen_when_balance_grows": rules.reopen_when_balance_grows,
            "fill_account": rules.unmatched_invoices.value == "open_without_account",
        },
    )
    connection.execute(sql("plan", "case_evidence"))
    connection.execute(sql("plan", "case_exclusions"), {"plan_id": plan_id})
    writer = CaseWriter(rules)
    rows = rows_of(
        connection,
        "select a.* exclude (hold_reason, match_reason, lost_as), e.settlements from case_actions a "
        "left join case_evidence e using (case_key) where a.kind is not null",
    )
    load_candidates(connection, map(writer.write, rows))


def _guards(connection: DuckDBPyConnection, policy: Policy, now: datetime) -> list[str]:
    totals = [KindTotal(*row) for row in connection.execute(sql("plan", "kind_totals")).fetchall()]
    (existing,) = connection.execute(
        sql("plan", "existing_records"), {"recent_runs": policy.guards.growth.recent_runs}
    ).fetchall()
    reads = dict(connection.execute(sql("plan", "salesforce_reads")).fetchall())
    doubled = [
        f"{count} records have more than one write of {kind}, for example {example}: report this mistake of the program"
        for kind, count, example in connection.execute(sql("plan", "doubled_writes")).fetchall()
    ]
    stale = stale_mirror(policy.guards, totals, reads, now)
    return doubled + stale + tripped_guards(policy.guards, totals, ExistingRecords(*existing))


def _plan_id(now: datetime, run_id: str, input_hash: str, policy_hash: str) -> str:
    digest = hashlib.sha256("/".join((run_id, input_hash, policy_hash)).encode()).hexdigest()[:8]
    return f"plan-{now.astimezone(UTC):%Y%m%dT%H%M%S}-{digest}"


def _after_every_plan(connection: DuckDBPyConnection, now: datetime) -> datetime:
    """Return now, or just after the newest plan when the clock was set back: the last plan made must be the newest."""
    newest = _scalar(connection, "select max(planned_at) from plan.runs")
    return now if newest is None else max(now, newest.astimezone(UTC) + timedelta(microseconds=1))


def _report(connection: DuckDBPyConnection, plan_id: str, held_reason: str | None) -> PlanReport:
    def counts(query: str) -> dict[str, Any]:
        return dict(connection.execute(query).fetchall())

    by_kind = counts("select kind, count(*) from plan.writes group by kind order by kind")
    return PlanReport(
        plan_id=plan_id,
        write_count=sum(by_kind.values()),
        is_held=held_reason is not None,
        held_reason=held_reason,
        writes_by_kind=by_kind,
        writes_by_approval=counts("select approval, count(*) from plan.writes group by approval order by approval"),
        amounts_by_currency=counts(
            "select currency_code, sum(amount) from plan.writes where currency_code is not null "
            "group by currency_code order by currency_code"
        ),
        exclusions_by_reason=counts("select reason, count(*) from plan.exclusions group by reason order by reason"),
        unexplained_invoice_count=int(
            _scalar(connection, "select count(*) from plan.invoice_coverage where coverage = 'unexplained'")
        ),
    )


def _scalar(connection: DuckDBPyConnection, query: str) -> Any:
    ((value,),) = connection.execute(query).fetchall()
    return value
