-- Grain: one row per Xero invoice of an opportunity. Key: xero_key. The opportunity takes values from the one that its
-- own fields show (see sql/plan/billed_opportunities.sql); every draft that we made takes values from the opportunity.
with linked as (
    select
        k.sf_opportunity_id, k.tenant_id, k.is_ours, i.*, o.opportunity_name, o.mapped_fields, o.updated_at as sf_updated_at,
        g.country_code,
        greatest(coalesce(g.period_lock_on, g.end_of_year_lock_on), coalesce(g.end_of_year_lock_on, g.period_lock_on))
            as locked_until,
        row_number() over (
            partition by k.sf_opportunity_id
            order by i.is_deleted or i.invoice_status in ('VOIDED', 'DELETED'), k.period_number, k.revision, i.invoice_key
        ) = 1 as leads
    from billing.invoice_links k
    join core.invoices i on i.invoice_key = k.invoice_key
    join core.opportunities o on o.sf_opportunity_id = k.sf_opportunity_id
    left join core.organisations g on g.tenant_id = k.tenant_id
)
select
    l.tenant_id, 'Invoice' as xero_object, l.invoice_key as xero_key, 'Opportunity' as sf_object,
    l.sf_opportunity_id as sf_key, l.sf_opportunity_id as sf_record_id,
    coalesce(nullif(l.invoice_number, ''), l.xero_invoice_id) || ' of ' || l.opportunity_name as subject,
    r.payload::varchar as xero_record, l.mapped_fields::varchar as sf_fields, l.country_code,
    l.updated_at as xero_updated_at, l.sf_updated_at, l.leads,
    case
        when l.is_deleted or l.invoice_status not in ('DRAFT', 'SUBMITTED') then 'invoice_approved'
        when not l.is_ours then 'invoice_not_ours'
        when l.issued_on <= l.locked_until then 'period_locked'
    end as closed_because
from linked l
join raw_xero.invoices_current r on r.tenant_id = l.tenant_id and r.xero_invoice_id = l.xero_invoice_id
order by xero_key
