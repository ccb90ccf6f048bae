-- A cause comes up that has no episode: one is opened. An open task that we do not remember (another warehouse made it)
-- is taken over with its day. A cause that went and came on one day waits for the next: the key has room for one a day.
insert into receivables.alerts by name
with new_causes as (
    select c.*
    from receivables.alert_causes c
    anti join (from receivables.alerts where ended_on is null) e
        on e.sf_account_id = c.sf_account_id and e.reason = c.reason
),
open_tasks as (
    select split_part(alert_key, ':', 1) as sf_account_id, split_part(alert_key, ':', 2) as reason,
        max(try_cast(split_part(alert_key, ':', 3) as date)) as opened_on
    from core.tasks
    where not is_closed and not is_deleted
    group by all
),
keyed as (
    select c.*, coalesce(t.opened_on, f.as_of_on) as opened_on
    from new_causes c
    join fact_instants f on f.tenant_id = c.tenant_id
    left join open_tasks t on t.sf_account_id = c.sf_account_id and t.reason = c.reason
    where c.state = 'raised' or t.opened_on is not null
)
select
    sf_account_id || ':' || reason || ':' || opened_on as alert_key, sf_account_id, reason, opened_on,
    null::date as ended_on, tenant_id, amount, currency_code, evidence, subject_key,
    $as_of::timestamptz as updated_at
from keyed k
where not exists (
    from receivables.alerts e where e.alert_key = k.sf_account_id || ':' || k.reason || ':' || k.opened_on
)
