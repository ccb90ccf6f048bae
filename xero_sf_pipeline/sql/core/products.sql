-- Grain: one row per live Salesforce product. Key: sf_product_id. product_code need not be unique.
create or replace table core.products as
select
    sf_product_id, product_name, product_code, description, family, coalesce(is_active, false) as is_active,
    mapped_fields, updated_at
from raw_salesforce.products_current
where not is_deleted;
