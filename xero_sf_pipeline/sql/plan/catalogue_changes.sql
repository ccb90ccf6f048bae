-- Grain: one row per code (and organisation, towards Xero) that the other side lacks or has differently. A product takes
-- its name, description and state from the first organisation that sells the code, a price from the first of its
-- currency; an org with one currency takes prices in that currency only. `exclusion` says why nothing is written, else
-- null.
create or replace temp table catalogue_changes as
with org_currency as (
    select coalesce(
        $salesforce_currency::varchar,
        (select case when count(distinct base_currency_code) = 1 then any_value(base_currency_code) end
            from core.organisations)
    ) as currency_code
),
grouped as (
    select
        d.tenant_id, t.tenant_rank, lower(d.code) as code_form, any_value(d.code) as code,
        any_value(d.item_key) as item_key, any_value(d.sf_product_id) as sf_product_id,
        list(d.difference order by d.difference) as differences,
        any_value(d.explanation) filter (d.difference in ('duplicate_in_salesforce', 'code_spelling')) as blocked_because
    from catalogue.differences d
    join catalogue_tenants t on t.tenant_id = d.tenant_id
    group by d.tenant_id, t.tenant_rank, lower(d.code)
),
standard_book as (
    select any_value(sf_pricebook_id) as sf_pricebook_id
    from (from raw_salesforce.pricebooks_current where is_standard and not is_deleted)
),
entries as (
    select p.*, row_number() over (partition by p.sf_product_id, p.currency_code order by p.sf_pricebook_entry_id) as n
    from core.prices p
    where p.is_standard
),
sellers as (
    select lower(trim(i.item_code)) as code_form, i.currency_code,
        arg_min(i.tenant_id, t.tenant_rank) as tenant_id
    from core.items i
    join catalogue_tenants t on t.tenant_id = i.tenant_id
    where i.is_sold
    group by rollup (lower(trim(i.item_code)), i.currency_code)
    having lower(trim(i.item_code)) is not null
)
select
    g.tenant_id, g.code, g.code_form, g.differences, g.item_key, g.sf_product_id, b.sf_pricebook_id,
    i.xero_item_id, i.item_code, i.item_name, i.description, i.is_sold, i.amount_sales_unit, i.sales_account_code,
    i.sales_tax_type, o.base_currency_code as currency_code, p.product_name, p.product_code, p.description as product_description,
    p.is_active, e.sf_pricebook_entry_id, e.amount_unit, e.is_active as is_price_active,
    exists (from core.currency_types) as has_currencies,
    leaders.tenant_id is not distinct from g.tenant_id as leads_code,
    priced.tenant_id is not distinct from g.tenant_id
        and (exists (from core.currency_types) or o.base_currency_code is not distinct from c.currency_code)
        as leads_price,
    epoch_us(p.updated_at) as product_updated_us, epoch_us(i.updated_at) as item_updated_us,
    epoch_us(e.updated_at) as price_updated_us, g.blocked_because,
    case when list_contains(g.differences, 'duplicate_in_salesforce') or list_contains(g.differences, 'code_spelling')
        then 'duplicate_code' end as exclusion
from grouped g
cross join standard_book b
cross join org_currency c
join core.organisations o on o.tenant_id = g.tenant_id
left join core.items i on i.item_key = g.item_key
left join core.products p on p.sf_product_id = g.sf_product_id
left join entries e on e.sf_product_id = g.sf_product_id and e.n = 1
    and (e.currency_code is null or e.currency_code = o.base_currency_code)
left join sellers leaders on leaders.code_form = g.code_form and leaders.currency_code is null
left join sellers priced on priced.code_form = g.code_form and priced.currency_code = o.base_currency_code
