"""Puts policy, days and approvals beside the data, as temporary tables that the planning statements join.

Belongs here: the temporary tables' columns. Does not belong here: the rules that use them (`sql/plan`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.planning.approvals import Decision, Standing
from xero_sf_pipeline.planning.kinds import WriteKind
from xero_sf_pipeline.planning.writes import create_candidates
from xero_sf_pipeline.receivables.as_of_days import local_day

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import Policy

WORK_TABLES = (
    "plan_days", "stale_tenants", "ladder", "kept_exclusions", "automation", "person_approvals", "candidate_writes",
    "dispositions", "confirmed_targets", "created_accounts", "account_creations", "accounts_coming", "account_links",
    "xero_contact_links", "mirrored_cases", "lost_cases", "invoice_claims", "case_claims", "case_actions",
    "case_evidence", "field_updates",
)  # fmt: skip


def create_parameters(
    connection: DuckDBPyConnection, policy: Policy, now: datetime, approvals: Mapping[str, Standing]
) -> None:
    """Create the temporary tables that every planning statement may read."""
    _plan_days(connection, now)
    ladder = policy.cases.ladder
    connection.execute(
        "create or replace temp table ladder as select unnest($ranks::integer[]) as stage_rank, "
        "unnest($days::integer[]) as from_days, unnest($stages::varchar[]) as stage, "
        "unnest($priorities::varchar[]) as priority, unnest($owners::varchar[]) as owner_id",
        {
            "ranks": list(range(len(ladder))),
            "days": [step.from_days for step in ladder],
            "stages": [step.stage for step in ladder],
            "priorities": [step.priority for step in ladder],
            "owners": [step.owner_id for step in ladder],
        },
    )
    kept = [reason for reason, then in policy.cases.when_excluded.model_dump(mode="json").items() if then == "keep"]
    connection.execute(
        "create or replace temp table kept_exclusions as select unnest($reasons::varchar[]) as reason",
        {"reasons": kept},
    )
    connection.execute(
        "create or replace temp table automation as select unnest($kinds::varchar[]) as kind, "
        "unnest($automations::varchar[]) as automation, unnest($ranks::integer[]) as kind_rank",
        {
            "kinds": [kind.value for kind in WriteKind],
            "automations": [policy.automation[kind].value for kind in WriteKind],
            "ranks": list(range(len(WriteKind))),
        },
    )
    decided = [stand for stand in approvals.values() if stand.decision is not Decision.WITHDRAWN]
    connection.execute(
        "create or replace temp table person_approvals as select unnest($writes::varchar[]) as write_id, "
        "unnest($decisions::varchar[]) as decision, unnest($approvers::integer[]) as approver_count",
        {
            "writes": [stand.write_id for stand in decided],
            "decisions": [stand.decision.value for stand in decided],
            "approvers": [len(stand.approvers) for stand in decided],
        },
    )
    create_candidates(connection)


def drop_work_tables(connection: DuckDBPyConnection) -> None:
    """Remove everything that planning created on the side."""
    for table in WORK_TABLES:
        connection.execute(f"drop table if exists temp.{table}")


def _plan_days(connection: DuckDBPyConnection, now: datetime) -> None:
    """The newest derived day of each organisation that is not after its today; backfilled days are older."""
    organisations = connection.execute("select tenant_id, time_zone from core.organisations").fetchall()
    connection.execute(
        "create or replace temp table plan_days as "
        "with todays as (select unnest($tenants::varchar[]) as tenant_id, unnest($days::date[]) as today) "
        "select t.tenant_id, coalesce(max(b.as_of_on), t.today) as as_of_on, t.today, "
        "max(b.as_of_on) is not null as is_derived, "
        "any_value(o.organisation_name) as organisation_name "
        "from todays t join core.organisations o on o.tenant_id = t.tenant_id "
        "left join receivables.balances b on b.tenant_id = t.tenant_id and b.as_of_on <= t.today "
        "group by t.tenant_id, t.today",
        {
            "tenants": [tenant_id for tenant_id, _ in organisations],
            "days": [local_day(now, time_zone) for _, time_zone in organisations],
        },
    )
