-- Grain: one row per tax rate, archived ones included. Key: (tenant_id, tax_type).
-- effective_rate is in percent, compound components included. is_for_revenue: the rate may stand on a sales line.
create or replace table core.tax_rates as
select
    tenant_id,
    tax_type,
    tax_name,
    tax_status,
    effective_rate,
    try_cast(payload ->> '$.CanApplyToRevenue' as boolean) as is_for_revenue
from raw_xero.tax_rates_current
where not is_deleted;
