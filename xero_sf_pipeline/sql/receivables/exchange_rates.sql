-- Grain: one row per (from_currency_code, to_currency_code, rate_on). Key: those three. Into the Salesforce currency.
-- One source per currency, the first that has it: the policy's fixed rate; Salesforce's own (CurrencyType, an org with
-- several currencies); Xero's: the CurrencyRate of documents, the middle one of a day when they differ. Xero's rates of
-- an organisation whose base is another currency are turned round. Undated rates carry the day of deriving.
insert into receivables.exchange_rates by name
with documents as (
    select tenant_id, currency_code, currency_rate, issued_on
    from core.invoices
    where not is_deleted and invoice_status not in ('VOIDED', 'DELETED')
    union all
    select tenant_id, currency_code, currency_rate, issued_on
    from core.credits
    where not is_deleted and credit_status not in ('VOIDED', 'DELETED')
),
days as (
    select d.currency_code, g.base_currency_code, d.issued_on as rate_on,
        quantile_disc(d.currency_rate, 0.5)::decimal(28, 10) as rate
    from documents d
    join core.organisations g on g.tenant_id = d.tenant_id
    where d.currency_rate > 0 and d.issued_on is not null and d.currency_code <> g.base_currency_code
    group by all
),
offers as (
    select currency_code as from_currency_code, $as_of_day::date as rate_on, rate::decimal(28, 10) as rate,
        'policy' as rate_source, 1 as source_rank
    from fixed_rates
    union all
    select t.currency_code, coalesce(t.updated_at::date, $as_of_day::date),
        receivables.rate_between(t.conversion_rate, own.conversion_rate), 'salesforce', 2
    from core.currency_types t
    join salesforce_currency s on true
    join core.currency_types own on own.currency_code = s.currency_code
    where t.is_active
    union all
    select d.currency_code, d.rate_on, d.rate, 'xero', 3
    from days d
    join salesforce_currency s on s.currency_code = d.base_currency_code
    union all
    select d.base_currency_code, d.rate_on, receivables.rate_between(1, d.rate), 'xero', 4
    from days d
    join salesforce_currency s on s.currency_code = d.currency_code
)
select o.from_currency_code, s.currency_code as to_currency_code, o.rate_on, o.rate, o.rate_source
from offers o
join salesforce_currency s on true
where o.from_currency_code <> s.currency_code and o.rate > 0
qualify rank() over (partition by o.from_currency_code order by o.source_rank) = 1
    and row_number() over (partition by o.from_currency_code, o.rate_on order by o.source_rank, o.rate) = 1
