-- Grain: one row per record of Salesforce that carries money, with what will stand in it soon. Key: target_object, target_key.
-- `payload`: confirmed by Salesforce after it was last read, then planned on top. `state` of the newest of the two:
-- planned, needs_approval, rejected_by_person, held, sent (no answer yet), refused, confirmed (waits to be read back).
create or replace temp table writes_under_way as
with money_objects as (
    from (values ('Xero_Invoice__c', 'xero_invoices'), ('Account', 'accounts'), ('Opportunity', 'opportunities'))
        objects (target_object, entity)
),
reads as (
    select o.target_object, max(e.source_started_at) as read_at
    from money_objects o
    left join seen_ops_extracts e on e.source = 'salesforce' and e.entity = o.entity
    group by all
),
newest_attempts as (
    from seen_ledger_attempts
    qualify row_number() over (partition by write_id order by attempt_number desc) = 1
),
confirmed as (
    select a.target_object, a.target_key,
        list_reduce(
            list(a.payload order by a.attempt_number), lambda earlier, later: json_merge_patch(earlier, later)
        ) as payload,
        max(a.attempted_at) as moved_at, arg_max(a.write_id, a.attempt_number) as write_id
    from newest_attempts a
    join reads r on r.target_object = a.target_object
    where a.state = 'confirmed' and a.target_system = 'salesforce'
        and a.attempted_at > coalesce(r.read_at, '1900-01-01'::timestamptz)
    group by all
),
planned as (
    select w.target_object, w.target_key, w.payload, w.write_id, w.explanation,
        case
            when a.state in ('intent', 'sent', 'unknown') then 'sent'
            when a.state = 'rejected' then 'refused'
            when w.approval = 'rejected' then 'rejected_by_person'
            when r.is_held then 'held'
            when w.approval = 'needs_approval' then 'needs_approval'
            else 'planned'
        end as state,
        a.message, r.held_reason
    from seen_plan_writes w
    semi join money_objects using (target_object)
    left join newest_attempts a on a.write_id = w.write_id
    left join seen_plan_runs r on r.plan_id = w.plan_id
    -- Of an account another write may be planned too (its link), which carries no money.
    where w.target_system = 'salesforce' and coalesce(a.state, '') <> 'confirmed'
        and w.kind in ('xero_invoice.upsert', 'account.update', 'opportunity.update')
    qualify row_number() over (partition by w.target_object, w.target_key order by w.write_id) = 1
)
select
    coalesce(p.target_object, c.target_object) as target_object, coalesce(p.target_key, c.target_key) as target_key,
    case when c.payload is null then p.payload when p.payload is null then c.payload
        else json_merge_patch(c.payload, p.payload) end as payload,
    coalesce(p.write_id, c.write_id) as write_id, coalesce(p.state, 'confirmed') as state,
    case coalesce(p.state, 'confirmed')
        when 'confirmed' then 'Sent and answered at ' || strftime(c.moved_at, '%Y-%m-%d %H:%M') || ' UTC; the next read of Salesforce will show it.'
        when 'sent' then 'Sent, and no answer came; it is looked up before anything is sent again.'
        when 'refused' then 'Salesforce refused it: ' || coalesce(p.message, 'no message') || ' (`xero-sf errors list`).'
        when 'rejected_by_person' then 'A person rejected this write in the plan.'
        when 'held' then 'The plan is held: ' || coalesce(p.held_reason, 'no reason stated') || '.'
        when 'needs_approval' then 'Planned, and waits for approval (`xero-sf plan approve`).'
        else 'Planned, not sent yet. ' || coalesce(p.explanation, '')
    end as explanation
from planned p
full join confirmed c on c.target_object = p.target_object and c.target_key = p.target_key
