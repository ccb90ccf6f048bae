-- Grain: one row per organisation whose facts are too old to write from, with the reason. Key: tenant_id.
-- Its writes wait; other organisations go on. Too old: the organisation itself was never read (a first walk that broke
-- off), Xero's invoices or contacts were not read for $max_mirror_age_hours, today's receivables were not derived, or
-- they were derived before the invoices last changed.
-- A warehouse without any record of extraction was filled by hand and is taken as it is.
create or replace temp table stale_tenants as
with reads as (
    select tenant_id, entity, max(finished_at) as read_at
    from ops.extracts
    where source = 'xero' and entity in ('invoices', 'contacts') and mode <> 'range'
    group by tenant_id, entity
),
mirrors as (
    select d.tenant_id, e.entity, r.read_at
    from plan_days d
    cross join (values ('invoices'), ('contacts')) e (entity)
    left join reads r on r.tenant_id = d.tenant_id and r.entity = e.entity
    where exists (from ops.extracts)
),
overdue as (
    select o.tenant_id, o.invoice_key, o.amount_due, o.due_on
    from receivables.overdue_invoices o
    join plan_days d on d.tenant_id = o.tenant_id and d.as_of_on = o.as_of_on
),
owed as (
    select i.tenant_id, i.invoice_key, i.amount_due, i.due_on
    from core.invoices i
    join plan_days d on d.tenant_id = i.tenant_id
    where i.invoice_type = 'ACCREC' and i.invoice_status in ('AUTHORISED', 'PAID') and not i.is_deleted
        and i.amount_due > 0 and i.due_on < d.as_of_on
),
differing as (
    select tenant_id from (from overdue except from owed)
    union
    select tenant_id from (from owed except from overdue)
),
problems as (
    select tenant_id, 1 as rank, 'Xero''s ' || entity || ' were '
        || case when read_at is null then 'never read' else 'last read at ' || strftime(read_at, '%Y-%m-%d %H:%M') || ' UTC' end
        || ' (guards.max_mirror_age_hours); run `xero-sf sync`' as problem
    from mirrors
    where read_at is null or read_at < $now::timestamptz - to_hours($max_mirror_age_hours)
    union all
    select tenant_id, 0, 'Xero''s organisation was never read, so neither its day nor its currency is known; '
        || 'run `xero-sf sync`'
    from (select distinct tenant_id from core.contacts)
    where exists (from ops.extracts) and tenant_id not in (select tenant_id from plan_days)
    union all
    select tenant_id, 2, 'receivables are '
        || case when is_derived then 'of ' || as_of_on || ', and today is ' || today else 'not derived yet' end
        || '; derive them, then plan again'
    from plan_days
    where not is_derived or as_of_on < today
    union all
    select tenant_id, 3, 'invoices changed after receivables were derived; derive them, then plan again'
    from differing
)
select tenant_id, arg_min(problem, (rank, problem)) as problem
from problems
group by tenant_id
