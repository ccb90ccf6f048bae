-- Grain: one row per Salesforce user. Key: sf_user_id.
create or replace table core.users as
select sf_user_id, user_name, email, coalesce(is_active, false) as is_active
from raw_salesforce.users_current
where not is_deleted;
