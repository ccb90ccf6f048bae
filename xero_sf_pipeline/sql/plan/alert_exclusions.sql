-- Grain: one row per alert that has no task and gets none.
insert into plan.exclusions by name
select
    $plan_id as plan_id, 'receivables.alerts' as subject_table, alert_key as subject_key, 'task.create' as kind,
    exclusion as reason,
    case exclusion
        when 'closed_by_person' then 'The task for ' || coalesce(account_name, sf_account_id)
            || ' was closed; it comes again only when the cause was gone in between. ' || evidence
        when 'task_deleted' then 'The task for ' || coalesce(account_name, sf_account_id)
            || ' was deleted; it comes again only when the cause was gone in between. ' || evidence
        else 'The owner of ' || coalesce(account_name, sf_account_id)
            || ' is inactive and alerts.owner_id names nobody, so no task is made. ' || evidence
    end as explanation,
    null::decimal(18, 4) as amount, null::varchar as currency_code
from alert_tasks
where exclusion is not null
