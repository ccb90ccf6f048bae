-- Grain: one row per invoice of ours whose deal does not want it any more: not won, gone, or with fewer instalments.
-- Nothing is done about it; a person decides in Xero.
insert into plan.exclusions by name
with ours as (
    select k.sf_opportunity_id, k.period_number, i.invoice_key, i.invoice_number, i.invoice_status, i.amount_total,
        i.currency_code, o.opportunity_name, o.stage_name, o.is_won, o.is_closed
    from billing.invoice_links k
    join core.invoices i on i.invoice_key = k.invoice_key and i.invoice_status not in ('VOIDED', 'DELETED') and not i.is_deleted
    left join core.opportunities o on o.sf_opportunity_id = k.sf_opportunity_id
    where k.link_source in ('ledger', 'reference')
),
planned as (
    select sf_opportunity_id, bool_or(hold_reason is not null and amount_total is null) as is_held_whole,
        list(period_number) as periods
    from billing.schedule
    group by sf_opportunity_id
)
select
    $plan_id as plan_id, 'core.invoices' as subject_table, w.invoice_key as subject_key, 'invoice.update' as kind,
    case when coalesce(w.is_won, false) then 'invoice_not_planned' else 'deal_not_won' end as reason,
    'Invoice ' || coalesce(nullif(w.invoice_number, ''), w.invoice_key) || ' (' || lower(w.invoice_status) || ') bills '
        || case
            when w.opportunity_name is null then 'a deal that is gone from Salesforce.'
            when not w.is_won then w.opportunity_name || ', which is now in stage ' || coalesce(w.stage_name, 'unknown') || '.'
            else 'instalment ' || w.period_number || ' of ' || w.opportunity_name || ', which its plan does not have any more.'
        end
        || case when w.invoice_status in ('DRAFT', 'SUBMITTED') then ' Delete the draft in Xero if it is not wanted.'
            else ' Credit or void it in Xero if it is not owed.' end as explanation,
    w.amount_total as amount, w.currency_code
from ours w
left join planned p using (sf_opportunity_id)
where not coalesce(w.is_won, false)
    or (p.periods is not null and not p.is_held_whole and not list_contains(p.periods, w.period_number))
