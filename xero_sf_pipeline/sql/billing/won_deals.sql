-- Grain: one row per won opportunity that may be billed, with its account and lines. Key: sf_opportunity_id.
-- Closed from $from_on, or billed by us already. Its currency: its own, else the org's. `fields` is the JSON object of
-- the further fields that the policy names. Amounts in currency_code.
with linked as (
    select
        sf_opportunity_id, arg_min(tenant_id, (period_number, revision, invoice_key)) as tenant_id,
        bool_or(link_source in ('ledger', 'reference')) as is_billed_by_us,
        list(distinct period_number) filter (link_source in ('ledger', 'reference') and is_live) as billed_periods,
        bool_or(link_source in ('stored', 'quote') and is_live) as is_billed_otherwise
    from (
        select k.*, coalesce(i.invoice_status not in ('VOIDED', 'DELETED') and not i.is_deleted, true) as is_live
        from billing.invoice_links k
        left join core.invoices i on i.invoice_key = k.invoice_key
    )
    group by sf_opportunity_id
),
lines as (
    select
        sf_opportunity_id,
        list({
            'product_code': product_code, 'product_name': product_name, 'family': family, 'line_name': line_name,
            'description': description, 'quantity': quantity, 'amount_unit': amount_unit,
            'amount_total': amount_total, 'discount_rate': discount_rate, 'service_on': service_on
        } order by sort_order nulls last, sf_opportunity_line_id) as lines
    from core.opportunity_lines
    -- a line that left its quote stays in Salesforce and counts nothing
    where not (xero_line_key is not null and amount_total = 0)
    group by sf_opportunity_id
),
org_currency as (
    select coalesce(
        $salesforce_currency,
        (select any_value(currency_code) from core.currency_types where is_corporate),
        (select any_value(base_currency_code) from core.organisations having count(distinct base_currency_code) = 1)
    ) as currency_code
)
select
    o.sf_opportunity_id, o.opportunity_name, a.sf_account_id, a.account_name,
    coalesce(a.is_deleted, false) as is_account_deleted, a.country, a.country_code, o.close_on, o.amount,
    coalesce(o.currency_code, c.currency_code) as currency_code, o.record_type, o.opportunity_type,
    o.mapped_fields::varchar as fields,
    l.tenant_id is null and exists (
        from quotes.billing_quote_links q
        where q.sf_opportunity_id = o.sf_opportunity_id and q.outcome = 'review'
    ) as is_quote_invoiced,
    l.tenant_id as linked_tenant_id, n.lines, l.billed_periods, coalesce(l.is_billed_otherwise, false) as is_billed_otherwise
from core.opportunities o
cross join org_currency c
left join core.accounts a on a.sf_account_id = o.sf_account_id
left join linked l on l.sf_opportunity_id = o.sf_opportunity_id
left join lines n on n.sf_opportunity_id = o.sf_opportunity_id
where o.is_won and (o.close_on >= $from_on or o.close_on is null or l.is_billed_by_us)
