-- Grain: one row per Xero organisation (tenant). Key: tenant_id. time_zone is an IANA name; an unknown Windows name
-- falls back to UTC and shows up in ops.drift.
create or replace table core.organisations as
select
    o.tenant_id,
    o.organisation_name,
    o.short_code,
    o.base_currency_code,
    o.country_code,
    coalesce(z.time_zone, 'UTC') as time_zone,
    o.xero_time_zone,
    z.time_zone is not null as is_time_zone_known,
    o.period_lock_on,
    o.end_of_year_lock_on
from raw_xero.organisation_current o
left join core.time_zones z on z.xero_time_zone = upper(regexp_replace(o.xero_time_zone, '[^A-Za-z0-9+]', '', 'g'))
where not o.is_deleted;
