-- Grain: one row per organisation in the spooled answer. Key: xero_organisation_id.
select
    j.OrganisationID as xero_organisation_id,
    j.Name as organisation_name,
    j.LegalName as legal_name,
    j.ShortCode as short_code,
    j.Version as version,
    j.BaseCurrency as base_currency_code,
    j.CountryCode as country_code,
    j.Timezone as xero_time_zone,
    raw_xero.calendar_date(j.PeriodLockDate) as period_lock_on,
    raw_xero.calendar_date(j.EndOfYearLockDate) as end_of_year_lock_on,
    j.OrganisationStatus as organisation_status,
    null::timestamptz as updated_at,
    false as is_deleted,
    payload
from (
    select
        json as payload,
        json_transform(json, '{
            "OrganisationID": "VARCHAR", "Name": "VARCHAR", "LegalName": "VARCHAR", "ShortCode": "VARCHAR",
            "Version": "VARCHAR", "BaseCurrency": "VARCHAR", "CountryCode": "VARCHAR", "Timezone": "VARCHAR",
            "PeriodLockDate": "VARCHAR", "EndOfYearLockDate": "VARCHAR", "OrganisationStatus": "VARCHAR"
        }') as j
    from read_json_objects($files, format = 'array', maximum_object_size = $largest_object_bytes)
)
