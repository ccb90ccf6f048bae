-- Grain: one row per (system, organisation, UTC day) of the last 14 days with calls.
with days as (select distinct used_on from seen_ops_api_usage order by used_on desc limit 14)
select u.used_on, u.system, coalesce(
        o.organisation_name,
        case when u.tenant_id = 'identity' then 'login' when u.system = 'salesforce' then 'org' else u.tenant_id end
    ) as owner,
    u.call_count, u.remaining_count, u.bytes_in, u.bytes_out
from seen_ops_api_usage u
semi join days using (used_on)
left join seen_core_organisations o on o.tenant_id = u.tenant_id
order by u.used_on desc, u.system desc, owner
