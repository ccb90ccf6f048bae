-- Grain: one row per live pricebook entry. Key: sf_pricebook_entry_id.
-- amount_unit is in currency_code (null in a one-currency org).
create or replace table core.prices as
select
    e.sf_pricebook_entry_id,
    e.sf_pricebook_id,
    b.pricebook_name,
    coalesce(b.is_standard, false) as is_standard,
    e.sf_product_id,
    p.product_code,
    e.amount_unit,
    e.currency_code,
    coalesce(e.is_active, false) as is_active,
    coalesce(e.uses_standard_price, false) as uses_standard_price,
    e.updated_at
from raw_salesforce.pricebook_entries_current e
left join raw_salesforce.pricebooks_current b on b.org_id = e.org_id and b.sf_pricebook_id = e.sf_pricebook_id
left join raw_salesforce.products_current p on p.org_id = e.org_id and p.sf_product_id = e.sf_product_id
where not e.is_deleted;
