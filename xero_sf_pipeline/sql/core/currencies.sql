-- Grain: one row per currency that an organisation may use. Key: (tenant_id, currency_code).
create or replace table core.currencies as
select tenant_id, currency_code, currency_name
from raw_xero.currencies_current
where not is_deleted;
