-- Grain: one row per task that carries our alert key, deleted ones kept and flagged. Key: sf_task_id.
create or replace table core.tasks as
select
    sf_task_id,
    what_id,
    sf_account_id,
    subject,
    task_status,
    priority,
    due_on,
    description,
    owner_sf_user_id,
    coalesce(is_closed, false) as is_closed,
    alert_key,
    is_deleted,
    created_at,
    updated_at
from raw_salesforce.tasks_current
where alert_key is not null;
