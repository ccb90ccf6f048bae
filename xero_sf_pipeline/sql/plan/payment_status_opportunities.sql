-- Grain: one row per opportunity whose totals of its invoices change, or cannot be told. Key: sf_opportunity_id.
-- Approved invoices only (authorised or paid): a draft bills nothing yet, a voided one no longer. Paid is cash. In the
-- opportunity's currency (an org with several), else the Salesforce currency, each invoice at its rate, rounded once.
-- An opportunity that had totals and has no invoice any more gets none. Without any link known nothing is planned.
create or replace temp table payment_status_opportunities as
with rates as (
    select from_currency_code as currency_code, arg_max(rate, rate_on) as rate
    from receivables.exchange_rates
    group by from_currency_code
),
targets as (
    select
        o.sf_opportunity_id, o.opportunity_name, o.updated_at, o.amount_billed::decimal(18, 2) as amount_billed,
        o.amount_paid::decimal(18, 2) as amount_paid, o.amount_invoice_due::decimal(18, 2) as amount_invoice_due,
        o.invoice_count::bigint as invoice_count,
        coalesce(o.currency_code, s.currency_code) as target_currency_code,
        if(coalesce(o.currency_code, s.currency_code) = s.currency_code, 1::decimal(28, 10), r.rate) as target_rate
    from core.opportunities o
    join salesforce_currency s on true
    left join rates r on r.currency_code = o.currency_code
    where exists (from billing.invoice_links)
),
links as (
    select distinct sf_opportunity_id, invoice_key from billing.invoice_links
),
invoices as (
    select
        t.sf_opportunity_id, i.tenant_id, n.is_waiting, i.currency_code, i.is_claim,
        case
            when i.currency_code = t.target_currency_code then 1::decimal(28, 10)
            else receivables.rate_between(i.exchange_rate, t.target_rate)
        end as rate,
        i.amount_total, i.amount_paid, i.amount_due
    from targets t
    join links l on l.sf_opportunity_id = t.sf_opportunity_id
    join receivables.invoice_status i on i.document_key = l.invoice_key
    left join payment_status_tenants n on n.tenant_id = i.tenant_id
),
sums as (
    select
        sf_opportunity_id,
        round(coalesce(sum(receivables.converted(amount_total, rate)) filter (is_claim), 0), 2)::decimal(18, 2)
            as amount_billed,
        round(coalesce(sum(receivables.converted(amount_paid, rate)) filter (is_claim), 0), 2)::decimal(18, 2)
            as amount_paid,
        round(coalesce(sum(receivables.converted(amount_due, rate)) filter (is_claim), 0), 2)::decimal(18, 2)
            as amount_invoice_due,
        count(*) filter (is_claim) as invoice_count, arg_min(tenant_id, (not is_waiting, tenant_id)) as tenant_id,
        list(distinct currency_code order by currency_code) filter (is_claim and rate is null) as missing_rates
    from invoices
    group by sf_opportunity_id
),
paired as (
    select
        t.sf_opportunity_id, t.opportunity_name, t as present, epoch_us(t.updated_at) as target_updated_us,
        s.amount_billed, s.amount_paid, s.amount_invoice_due, s.invoice_count,
        t.target_currency_code as currency_code, coalesce(s.missing_rates, []) as missing_rates,
        coalesce(
            s.tenant_id, (select arg_min(tenant_id, (is_waiting, tenant_id)) from payment_status_tenants), ''
        ) as tenant_id
    from targets t
    left join sums s on s.sf_opportunity_id = t.sf_opportunity_id
)
select *
from paired
where len(missing_rates) > 0
    or row(amount_billed, amount_paid, amount_invoice_due, invoice_count)
        is distinct from row(present.amount_billed, present.amount_paid, present.amount_invoice_due, present.invoice_count)
