-- Grain: one row per system and tenant: calls and bytes of the newest day.
select u.system, coalesce(o.organisation_name, u.tenant_id) as tenant, u.used_on, u.call_count as calls,
    u.remaining_count as remaining, u.bytes_in, u.bytes_out
from ops.api_usage u left join core.organisations o using (tenant_id)
qualify row_number() over (partition by u.system, u.tenant_id order by u.used_on desc) = 1
order by u.system desc, tenant
