-- Grain: one row per change of what a payment or credit takes off an invoice. Key: delta_key.
-- as_of_on is the organisation's day on which the change became known to us; business_on is the document's own date.
-- amount_delta is the change of the amount due: a new payment of 50 is -50. Before + delta = after. The amount due is
-- the invoice's total as known then, less all settlements known by then, in the order they became known.
insert into receivables.payment_deltas by name
with touched as (
    select distinct v.invoice_key
    from receivables.settlement_versions v
    join as_of_days d on d.tenant_id = v.tenant_id and v.known_from >= d.starts_at and v.known_from < d.ends_at
),
versions as (
    select
        v.*,
        coalesce(lag(v.amount) over changes, 0) as amount_before,
        lag(v.business_on) over changes as business_on_before
    from receivables.settlement_versions v
    semi join touched t on t.invoice_key = v.invoice_key
    window changes as (partition by v.source_key, v.invoice_key order by v.known_from)
),
changes as (
    select
        *,
        source_kind || case
            when amount_before = 0 then '_new'
            when amount = 0 then '_deleted'
            else '_changed'
        end as delta_kind,
        sum(amount - amount_before) over (
            partition by invoice_key order by known_from, business_on, source_key
        ) as amount_settled
    from versions
    where amount <> amount_before or (amount <> 0 and business_on is distinct from business_on_before)
),
invoice_versions as (
    select tenant_id || ':' || xero_invoice_id as invoice_key, amount_total, currency_code, known_from, known_to
    from raw_xero.invoices
),
first_invoice_versions as (
    select invoice_key, arg_min(amount_total, known_from) as amount_total, any_value(currency_code) as currency_code
    from invoice_versions
    semi join touched using (invoice_key)
    group by invoice_key
)
select
    d.as_of_on,
    c.source_key || '/' || split_part(c.invoice_key, ':', 2) || '@' || epoch_us(c.known_from) as delta_key,
    c.tenant_id, c.invoice_key, c.delta_kind, c.source_key,
    (c.amount_before - c.amount)::decimal(18, 4) as amount_delta,
    (coalesce(v.amount_total, f.amount_total) - c.amount_settled + c.amount - c.amount_before)::decimal(18, 4)
        as amount_due_before,
    (coalesce(v.amount_total, f.amount_total) - c.amount_settled)::decimal(18, 4) as amount_due_after,
    coalesce(v.currency_code, f.currency_code) as currency_code, c.business_on, c.known_from as known_at
from changes c
join as_of_days d on d.tenant_id = c.tenant_id and c.known_from >= d.starts_at and c.known_from < d.ends_at
left join invoice_versions v
    on v.invoice_key = c.invoice_key and v.known_from <= c.known_from
    and (v.known_to is null or v.known_to > c.known_from)
left join first_invoice_versions f on f.invoice_key = c.invoice_key
