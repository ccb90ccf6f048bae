-- Grain: one row per currency of a Salesforce org with several currencies; no row in an org with one. Key:
-- currency_code. conversion_rate: units of it for one unit of the corporate currency, without dated rates.
create or replace table core.currency_types as
select
    iso_code as currency_code,
    conversion_rate,
    coalesce(is_corporate, false) as is_corporate,
    coalesce(is_active, false) as is_active,
    decimal_places,
    updated_at
from raw_salesforce.currency_types_current
where not is_deleted;
