-- Grain: one row per organisation: its today, and the instant up to which its facts are known. Key: tenant_id.
-- as_of_at: when Xero was last asked for what changed in invoices. A warehouse without any record of extraction was
-- filled by hand and counts as read now.
create or replace temp table fact_instants as
with reads as (
    select tenant_id, max(coalesce(source_started_at, started_at, finished_at)) as read_at
    from ops.extracts
    where source = 'xero' and entity = 'invoices' and mode <> 'range'
    group by tenant_id
)
select d.tenant_id, d.as_of_on, least(coalesce(r.read_at, $as_of::timestamptz), $as_of::timestamptz) as as_of_at
from as_of_days d
left join reads r on r.tenant_id = d.tenant_id
where d.is_today
