-- Grain of an offender: one per (account, cause) with more than one open alert task.
select
    split_part(alert_key, ':', 1) as sf_account_id, split_part(alert_key, ':', 2) as reason,
    list(sf_task_id order by sf_task_id) as sf_task_ids
from core.tasks
where not is_deleted and not is_closed
group by all
having count(*) > 1
