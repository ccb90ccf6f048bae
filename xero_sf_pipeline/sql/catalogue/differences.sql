-- Grain: one row per (tenant_id, code, difference) between an organisation's items and the products. Codes are compared
-- without case and surrounding space. Prices in currency_code: Xero's item prices are in the organisation's base
-- currency with four decimals, Salesforce's in two; they are the same when Xero's, rounded half up, is Salesforce's.
-- Of several products with a code the only active one counts; else the code is a duplicate and nothing more is said.
insert into catalogue.differences by name
with org_currency as (
    select coalesce(
        $salesforce_currency::varchar,
        (select any_value(currency_code) from core.currency_types where is_corporate),
        (select case when count(distinct base_currency_code) = 1 then any_value(base_currency_code) end
            from core.organisations)
    ) as currency_code
),
items as (
    select i.*, lower(trim(i.item_code)) as code_form
    from core.items i
    semi join catalogue_tenants t on t.tenant_id = i.tenant_id
    where trim(coalesce(i.item_code, '')) <> ''
),
coded_products as (
    select
        *, lower(trim(product_code)) as code_form,
        count(*) over (partition by lower(trim(product_code))) as product_count,
        count(*) filter (is_active) over (partition by lower(trim(product_code))) as active_count
    from core.products
    where trim(coalesce(product_code, '')) <> ''
),
products as (
    select *, active_count > 1 or (active_count = 0 and product_count > 1) as is_duplicate
    from coded_products
    qualify row_number() over (partition by code_form order by is_active desc, sf_product_id) = 1
),
standard_prices as (
    select p.sf_product_id, coalesce(p.currency_code, c.currency_code) as currency_code, p.amount_unit, p.is_active
    from core.prices p, org_currency c
    where p.is_standard
),
compared as (
    select
        t.tenant_id, coalesce(i.item_code, p.product_code) as code, i.item_key, i.xero_item_id, p.sf_product_id,
        i.item_code, p.product_code, i.item_name, p.product_name, i.description, p.description as product_description,
        i.is_sold, p.is_active, p.is_duplicate, p.product_count, i.amount_sales_unit, i.currency_code,
        i.sales_account_code, i.sales_tax_type, s.amount_unit, s.sf_product_id is not null as has_price,
        s.is_active as is_price_active, a.account_status, a.account_code is not null as has_account,
        x.tax_status, x.tax_type is not null as has_tax_type,
        exists (from core.currency_types) or c.currency_code is not distinct from i.currency_code as has_currency
    from catalogue_tenants t
    cross join (select code_form from items union select code_form from products) k
    left join items i on i.tenant_id = t.tenant_id and i.code_form = k.code_form
    left join products p on p.code_form = k.code_form
    left join standard_prices s on s.sf_product_id = p.sf_product_id and s.currency_code = i.currency_code
    left join core.ledger_accounts a on a.tenant_id = t.tenant_id and a.account_code = i.sales_account_code
    left join core.tax_rates x on x.tenant_id = t.tenant_id and x.tax_type = i.sales_tax_type
    cross join org_currency c
),
found as (
    select *, unnest([
        case when item_key is null and is_active and not is_duplicate then 'missing_in_xero' end,
        case when sf_product_id is null and is_sold then 'missing_in_salesforce' end,
        case when is_duplicate then 'duplicate_in_salesforce' end,
        case when item_key is not null and sf_product_id is not null and not is_duplicate and trim(item_code) <> trim(product_code)
            then 'code_spelling' end,
        case when item_key is not null and is_active and not is_sold then 'not_sold' end,
        case when item_key is not null and is_sold and sf_product_id is not null and not is_duplicate and not is_active
            then 'inactive' end,
        case when item_key is not null and is_sold and is_active and not is_duplicate
            and lower(trim(coalesce(item_name, item_code))) <> lower(trim(product_name)) then 'name' end,
        case when item_key is not null and is_sold and is_active and not is_duplicate
            and trim(coalesce(description, '')) <> trim(coalesce(product_description, '')) then 'description' end,
        case when item_key is not null and is_sold and is_active and not is_duplicate and amount_sales_unit is not null
            and has_currency and not has_price then 'price_missing' end,
        case when item_key is not null and is_sold and is_active and not is_duplicate and has_price
            and (coalesce(round(amount_sales_unit, 2), 0) <> round(amount_unit, 2) or not is_price_active)
            then 'price' end,
        case when item_key is not null and is_sold and sales_account_code is not null and not has_account
            then 'account_unknown' end,
        case when item_key is not null and is_sold and account_status <> 'ACTIVE' then 'account_archived' end,
        case when item_key is not null and is_sold and sales_account_code is null then 'account_missing' end,
        case when item_key is not null and is_sold and sales_tax_type is not null
            and (not has_tax_type or tax_status <> 'ACTIVE') then 'tax_unknown' end
    ]) as difference
    from compared
)
select
    tenant_id, trim(code) as code, difference, item_key, xero_item_id, sf_product_id,
    case difference
        when 'name' then coalesce(item_name, item_code) when 'description' then description
        when 'code_spelling' then item_code when 'account_unknown' then sales_account_code
        when 'account_archived' then sales_account_code when 'tax_unknown' then sales_tax_type
    end as xero_text,
    case difference
        when 'name' then product_name when 'description' then product_description when 'code_spelling' then product_code
    end as sf_text,
    amount_sales_unit as amount_item, amount_unit as amount_product, currency_code,
    difference in ('missing_in_xero', 'code_spelling', 'not_sold', 'account_unknown', 'account_archived', 'tax_unknown')
        as spoils_invoice,
    case difference
        when 'missing_in_xero' then 'Product ' || code || ' (' || product_name || ') is no item in Xero; an invoice that names it is refused.'
        when 'missing_in_salesforce' then 'Item ' || code || ' is sold in Xero and is no product.'
        when 'duplicate_in_salesforce' then product_count || ' products have the code ' || code || '; one must keep it.'
        when 'code_spelling' then 'The code is written ' || item_code || ' in Xero and ' || product_code || ' in Salesforce.'
        when 'not_sold' then 'Item ' || code || ' is not marked as sold in Xero; an invoice that names it is refused.'
        when 'inactive' then 'Item ' || code || ' is sold in Xero, its product is not active.'
        when 'name' then 'Item ' || code || ' is called "' || coalesce(item_name, item_code) || '" in Xero and "' || product_name || '" in Salesforce.'
        when 'description' then 'The descriptions of ' || code || ' differ.'
        when 'price_missing' then 'Product ' || code || ' has no standard price in ' || currency_code || '; Xero''s is ' || amount_sales_unit || '.'
        when 'price' then 'The price of ' || code || ' is ' || coalesce(amount_sales_unit::varchar, 'not set') || ' ' || currency_code
            || ' in Xero and ' || amount_unit || case when is_price_active then '' else ' (inactive)' end || ' in Salesforce.'
        when 'account_unknown' then 'Item ' || code || ' sells to account ' || sales_account_code || ', which Xero does not have.'
        when 'account_archived' then 'Item ' || code || ' sells to account ' || sales_account_code || ', which is archived.'
        when 'account_missing' then 'Item ' || code || ' has no sales account; a billing rule must give one.'
        when 'tax_unknown' then 'Item ' || code || ' has the tax ' || sales_tax_type || ', which is not active in Xero.'
    end as explanation
from found
where difference is not null
