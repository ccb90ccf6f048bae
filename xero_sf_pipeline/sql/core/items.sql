-- Grain: one row per item of an organisation's price list, as it is now. Key: item_key.
-- Prices are in the organisation's base currency (Xero knows no other for items).
create or replace table core.items as
select
    i.tenant_id || ':' || i.xero_item_id as item_key,
    i.tenant_id,
    i.xero_item_id,
    i.item_code,
    i.item_name,
    i.description,
    i.purchase_description,
    coalesce(i.is_sold, false) as is_sold,
    coalesce(i.is_purchased, false) as is_purchased,
    coalesce(i.is_tracked, false) as is_tracked,
    i.amount_sales_unit,
    i.sales_account_code,
    i.sales_tax_type,
    i.amount_purchase_unit,
    i.purchase_account_code,
    i.purchase_tax_type,
    o.base_currency_code as currency_code,
    i.updated_at
from raw_xero.items_current i
left join raw_xero.organisation_current o on o.tenant_id = i.tenant_id
where not i.is_deleted;
