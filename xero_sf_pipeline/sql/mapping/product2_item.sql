-- Grain: one row per item whose code is that of one product. Key: xero_key. A product takes values from the first
-- organisation that sells it, in the order of `catalogue.organisations`; each organisation's item takes the product's.
with tenants as (
    select tenant_id,
        row_number() over (order by list_position($organisations::varchar[], tenant_id), tenant_id) as tenant_rank
    from core.organisations
    where len($organisations::varchar[]) = 0 or tenant_id in $organisations::varchar[]
),
products as (
    select *, lower(trim(product_code)) as code_form
    from core.products
    where trim(coalesce(product_code, '')) <> ''
    qualify count(*) filter (is_active) over (partition by lower(trim(product_code))) <= 1
        and row_number() over (partition by lower(trim(product_code)) order by is_active desc, sf_product_id) = 1
)
select
    i.tenant_id, 'Item' as xero_object, i.item_key as xero_key, 'Product2' as sf_object, p.sf_product_id as sf_key,
    p.sf_product_id as sf_record_id, 'item ' || i.item_code as subject, r.payload::varchar as xero_record,
    p.mapped_fields::varchar as sf_fields, g.country_code, i.updated_at as xero_updated_at,
    p.updated_at as sf_updated_at,
    row_number() over (partition by p.sf_product_id order by not i.is_sold, t.tenant_rank) = 1 as leads,
    null::varchar as closed_because
from core.items i
join tenants t on t.tenant_id = i.tenant_id
join products p on p.code_form = lower(trim(i.item_code))
join core.organisations g on g.tenant_id = i.tenant_id
join raw_xero.items_current r on r.tenant_id = i.tenant_id and r.xero_item_id = i.xero_item_id
order by xero_key
