-- Grain: one row per organisation. Key: tenant_id. is_waiting: its facts are too old, or not derived, to write from.
create or replace temp table payment_status_tenants as
select d.tenant_id, d.organisation_name, s.tenant_id is not null as is_waiting
from plan_days d
left join stale_tenants s on s.tenant_id = d.tenant_id
