-- Grain: one row per account with linked contacts, as of today. Key: sf_account_id.
-- All its contacts of all organisations added up, in the account's own currency (an org with several) or else the
-- Salesforce currency, each document at its rate, rounded once per account. One missing rate makes all amounts null:
-- a sum without a part would be a wrong number. Outstanding is gross of unallocated credit, which stands beside it.
insert into receivables.account_status by name
with contacts as (
    select l.contact_key, l.sf_account_id, c.tenant_id, f.as_of_at
    from matching.links l
    join core.contacts c on c.contact_key = l.contact_key
    join fact_instants f on f.tenant_id = c.tenant_id
    where l.outcome = 'linked' and l.sf_account_id is not null
),
accounts as (
    select sf_account_id, list(distinct tenant_id order by tenant_id) as tenant_ids, count(*) as contact_count,
        min(as_of_at) as as_of_at
    from contacts
    group by sf_account_id
),
currency_rates as (
    select from_currency_code as currency_code, arg_max(rate, rate_on) as rate
    from receivables.exchange_rates
    group by from_currency_code
),
targets as (
    select a.*, coalesce(k.currency_code, s.currency_code) as target_currency_code,
        if(coalesce(k.currency_code, s.currency_code) = s.currency_code, 1::decimal(28, 10), r.rate) as target_rate
    from accounts a
    join salesforce_currency s on true
    left join core.accounts k on k.sf_account_id = a.sf_account_id
    left join currency_rates r on r.currency_code = k.currency_code
),
amounts as (
    select
        t.sf_account_id, d.currency_code, d.document_kind = 'invoice' as is_invoice,
        d.document_kind = 'invoice' and d.due_on < d.as_of_on as is_overdue, d.due_on, d.amount_due,
        case
            when d.currency_code = t.target_currency_code then d.amount_due::decimal(38, 8)
            else receivables.converted(d.amount_due, receivables.rate_between(d.exchange_rate, t.target_rate))
        end as amount_converted
    from targets t
    join status_documents d on d.sf_account_id = t.sf_account_id
    where d.is_claim and d.amount_due > 0
),
totals as (
    select
        sf_account_id,
        round(coalesce(sum(amount_converted) filter (is_invoice), 0), 2) as amount_outstanding,
        round(coalesce(sum(amount_converted) filter (is_overdue), 0), 2) as amount_overdue,
        round(coalesce(sum(amount_converted) filter (not is_invoice), 0), 2) as amount_unallocated_credit,
        count(*) filter (is_invoice) as open_invoice_count,
        count(*) filter (is_overdue) as overdue_invoice_count,
        min(due_on) filter (is_invoice) as oldest_due_on,
        coalesce(list(distinct currency_code order by currency_code) filter (amount_converted is null), [])
            as missing_rates
    from amounts
    group by sf_account_id
),
claims as (
    select
        sf_account_id, count(*) as claim_count,
        count(*) filter (is_counted) as days_late_count,
        case $average_days_late
            when 'mean' then round(avg(days_late) filter (is_counted), 1)
            else round(median(days_late) filter (is_counted), 1)
        end::decimal(18, 1) as average_days_late
    from (
        select
            sf_account_id, days_late,
            days_late is not null
                and coalesce(fully_paid_on, last_payment_on) > as_of_on - $days_late_window_days::integer as is_counted
        from status_documents
        where document_kind = 'invoice' and is_claim and sf_account_id is not null
    )
    group by sf_account_id
)
select
    a.sf_account_id,
    case
        when t.overdue_invoice_count > 0 then 'Overdue'
        when t.open_invoice_count > 0 then 'Outstanding'
        when c.claim_count > 0 then 'Paid'
        else 'No invoices'
    end as payment_status,
    a.target_currency_code as currency_code,
    if(len(t.missing_rates) > 0, null, coalesce(t.amount_outstanding, 0))::decimal(18, 4) as amount_outstanding,
    if(len(t.missing_rates) > 0, null, coalesce(t.amount_overdue, 0))::decimal(18, 4) as amount_overdue,
    if(len(t.missing_rates) > 0, null, coalesce(t.amount_unallocated_credit, 0))::decimal(18, 4)
        as amount_unallocated_credit,
    coalesce(t.open_invoice_count, 0) as open_invoice_count,
    coalesce(t.overdue_invoice_count, 0) as overdue_invoice_count, coalesce(c.claim_count, 0) as claim_count,
    t.oldest_due_on, c.average_days_late, coalesce(c.days_late_count, 0) as days_late_count,
    coalesce(t.missing_rates, []) as missing_rates, a.tenant_ids, a.contact_count, a.as_of_at
from targets a
left join totals t on t.sf_account_id = a.sf_account_id
left join claims c on c.sf_account_id = a.sf_account_id
