-- Grain: one row per (tenant_id, sf_account_id, currency_code, measure); the newest walks besides, as measure read_<entity>.
-- Explained and unexplained add up to the difference.
insert into reporting.control_totals by name
with sums as (
    select tenant_id, sf_account_id, currency_code, measure, sum(amount_xero)::decimal(18, 4) as amount_xero,
        sum(amount_warehouse)::decimal(18, 4) as amount_warehouse, sum(amount_salesforce)::decimal(18, 4) as amount_salesforce,
        count(*) as record_count
    from control_postings
    group by all
    union all by name
    select tenant_id, null as sf_account_id, null as currency_code, 'read_' || entity as measure,
        amount_read::decimal(18, 4) as amount_xero, amount_stored::decimal(18, 4) as amount_warehouse,
        null as amount_salesforce, distinct_row_count as record_count
    from walks
),
explained as (
    select tenant_id, sf_account_id, currency_code, measure, count(*) as difference_count,
        sum(amount_difference) filter (reason <> 'unexplained') as amount_explained,
        sum(amount_difference) filter (reason = 'unexplained') as amount_unexplained
    from reporting.control_differences
    group by all
),
totals as (
    select s.*,
        (case
            when amount_salesforce is null then amount_xero - amount_warehouse
            else coalesce(amount_xero, amount_warehouse) - amount_salesforce
        end)::decimal(18, 4) as amount_difference,
        coalesce(e.difference_count, 0) as difference_count, coalesce(e.amount_explained, 0)::decimal(18, 4) as amount_explained,
        coalesce(e.amount_unexplained, 0)::decimal(18, 4) as amount_unexplained
    from sums s
    left join explained e
        on e.tenant_id is not distinct from s.tenant_id and e.sf_account_id is not distinct from s.sf_account_id
        and e.currency_code is not distinct from s.currency_code and e.measure = s.measure
)
select $as_of_at::timestamptz as as_of_at, * from totals
