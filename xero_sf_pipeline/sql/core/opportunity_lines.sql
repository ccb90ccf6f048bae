-- Grain: one row per live product line of a live opportunity. Key: sf_opportunity_line_id.
-- Amounts are in the opportunity's currency_code (null in a one-currency org); discount_rate is in percent.
-- xero_line_key: `<quote_key>:<item code>:<n>` of a line that came from a quote.
create or replace table core.opportunity_lines as
select
    l.sf_opportunity_line_id,
    l.sf_opportunity_id,
    l.sf_product_id,
    l.sf_pricebook_entry_id,
    coalesce(p.product_code, l.product_code) as product_code,
    p.product_name,
    p.family,
    l.line_name,
    l.description,
    l.quantity,
    l.amount_unit,
    l.amount_total,
    l.discount_rate,
    l.service_on,
    l.sort_order,
    l.xero_line_key,
    l.mapped_fields,
    o.currency_code,
    l.updated_at
from raw_salesforce.opportunity_lines_current l
join raw_salesforce.opportunities_current o
    on o.org_id = l.org_id and o.sf_opportunity_id = l.sf_opportunity_id and not o.is_deleted
left join raw_salesforce.products_current p on p.org_id = l.org_id and p.sf_product_id = l.sf_product_id
where not l.is_deleted;
