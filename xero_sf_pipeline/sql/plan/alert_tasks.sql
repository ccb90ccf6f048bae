-- Grain: one row per alert that asks for a task, and per open task whose cause is gone. Key: alert_key.
-- `kind` is set (task.create, task.close), or `exclusion` says why there is no task. A task that was closed or deleted
-- by a person stays away until the cause has been gone once: the next time is another episode with another key.
create or replace temp table alert_tasks as
with tasks as (
    select alert_key, bool_or(not is_closed and not is_deleted) as is_open,
        bool_or(is_closed and not is_deleted) as is_closed
    from core.tasks
    group by alert_key
),
open_tasks as (
    select *, split_part(alert_key, ':', 1) as key_account_id, split_part(alert_key, ':', 2) as key_reason
    from core.tasks
    where not is_closed and not is_deleted
),
lasting as (
    select e.*, c.state
    from receivables.alerts e
    join receivables.alert_causes c on c.sf_account_id = e.sf_account_id and c.reason = e.reason
    where e.ended_on is null
),
wanted as (
    select
        e.alert_key, e.sf_account_id, e.reason as cause, e.tenant_id, e.evidence, e.subject_key, a.account_name,
        d.as_of_on, i.xero_url, null::varchar as sf_task_id, null::varchar as task_status,
        null::bigint as target_updated_us,
        case when u.is_active then a.owner_sf_user_id else $owner_id::varchar end as owner_id,
        case
            when t.is_closed then 'closed_by_person'
            when t.alert_key is not null then 'task_deleted'
            when not coalesce(u.is_active, false) and $owner_id::varchar is null then 'owner_inactive'
        end as exclusion,
        'task.create' as planned_kind
    from lasting e
    join core.accounts a on a.sf_account_id = e.sf_account_id and not a.is_deleted
    left join core.users u on u.sf_user_id = a.owner_sf_user_id
    left join plan_days d on d.tenant_id = e.tenant_id
    left join tasks t on t.alert_key = e.alert_key
    left join receivables.invoice_status i on i.document_key = e.subject_key
    where e.state = 'raised' and not coalesce(t.is_open, false)
        and not exists (
            from open_tasks o where o.key_account_id = e.sf_account_id and o.key_reason = e.reason
        )
),
finished as (
    select
        t.alert_key, t.key_account_id as sf_account_id, t.key_reason as cause,
        coalesce(
            e.tenant_id, (select min(d.tenant_id) from plan_days d anti join stale_tenants s on s.tenant_id = d.tenant_id), ''
        ) as tenant_id,
        e.evidence, e.subject_key, a.account_name, null::date as as_of_on, null::varchar as xero_url, t.sf_task_id,
        t.task_status, epoch_us(t.updated_at) as target_updated_us, null::varchar as owner_id,
        null::varchar as exclusion, 'task.close' as planned_kind
    from open_tasks t
    left join receivables.alerts e on e.alert_key = t.alert_key
    left join core.accounts a on a.sf_account_id = t.key_account_id
    where not exists (from lasting l where l.alert_key = t.alert_key)
)
select * exclude (planned_kind), planned_kind, if(exclusion is null, planned_kind, null) as kind
from (from wanted union all by name from finished)
