-- Grain: one row per account whose payment fields change. Key: sf_account_id.
-- Null is "not known", 0 is "nothing". An account without any claim or credit gets values only if it ever had some. One
-- that had values and has no linked contact any more is Unknown, without amounts: nobody tells them. Of facts that are
-- too old only the status goes, as Unknown; the amounts keep their as-of time. That time goes along with a change, and
-- alone when it is older than $refresh_hours.
create or replace temp table payment_status_accounts as
with present as (
    select
        sf_account_id, account_name, payment_status, amount_outstanding::decimal(18, 2) as amount_outstanding,
        amount_overdue::decimal(18, 2) as amount_overdue,
        amount_unallocated_credit::decimal(18, 2) as amount_unallocated_credit, open_invoice_count::bigint
            as open_invoice_count, oldest_due_on, average_days_late::decimal(18, 1) as average_days_late,
        as_of_at, updated_at,
        coalesce(
            payment_status, amount_outstanding::varchar, amount_overdue::varchar, amount_unallocated_credit::varchar,
            open_invoice_count::varchar, oldest_due_on::varchar, average_days_late::varchar
        ) is not null as had_values
    from core.accounts
    where not is_deleted
),
tenants as (
    select
        s.sf_account_id, arg_min(t.tenant_id, (not t.is_waiting, t.tenant_id)) as tenant_id,
        string_agg(t.organisation_name, ', ' order by t.organisation_name) as organisation_names
    from (select sf_account_id, unnest(tenant_ids) as tenant_id from receivables.account_status) s
    join payment_status_tenants t on t.tenant_id = s.tenant_id
    group by s.sf_account_id
),
paired as (
    select
        p.sf_account_id, p.account_name, p as present, epoch_us(p.updated_at) as target_updated_us, p.had_values,
        s.sf_account_id is not null as is_linked,
        coalesce(s.payment_status, 'Unknown') as payment_status,
        s.amount_outstanding::decimal(18, 2) as amount_outstanding, s.amount_overdue::decimal(18, 2) as amount_overdue,
        s.amount_unallocated_credit::decimal(18, 2) as amount_unallocated_credit, s.open_invoice_count, s.oldest_due_on,
        s.average_days_late, s.currency_code, s.overdue_invoice_count,
        if(s.sf_account_id is null, p.as_of_at, date_trunc('second', s.as_of_at)) as as_of_at,
        coalesce(s.as_of_at < $now::timestamptz - to_hours($freshness_hours), false) as is_unknown,
        coalesce(
            t.tenant_id, (select arg_min(tenant_id, (is_waiting, tenant_id)) from payment_status_tenants), ''
        ) as tenant_id,
        t.organisation_names
    from present p
    left join receivables.account_status s on s.sf_account_id = p.sf_account_id
    left join tenants t on t.sf_account_id = p.sf_account_id
    where p.had_values or (
        s.sf_account_id is not null and (
            s.claim_count > 0 or s.amount_unallocated_credit <> 0 or len(s.missing_rates) > 0
        )
    )
)
select
    *,
    row(
        payment_status, amount_outstanding, amount_overdue, amount_unallocated_credit, open_invoice_count,
        oldest_due_on, average_days_late
    ) is distinct from row(
        present.payment_status, present.amount_outstanding, present.amount_overdue, present.amount_unallocated_credit,
        present.open_invoice_count, present.oldest_due_on, present.average_days_late
    ) as is_changed
from paired
where case
    when is_unknown then had_values and present.payment_status is distinct from 'Unknown'
    else is_changed or (
        is_linked and (
            present.as_of_at is null
            or (present.as_of_at < $now::timestamptz - to_hours($refresh_hours) and as_of_at > present.as_of_at)
        )
    )
end
