-- Grain: one row per field that differs between two records that belong together. Key: (xero_key, field).
-- `decision` is where the value goes (to_salesforce, to_xero), or why it stays; null: nothing to say about it.
-- A side moved when its value is not the one that both agreed on; an empty value never overwrites one.
create or replace temp table field_decisions as
with judged as (
    select
        v.*, r.rule, a.agreed_value, a.xero_key is not null as is_agreed,
        a.xero_key is not null and v.xero_value is distinct from a.agreed_value as has_xero_moved,
        a.xero_key is not null and v.sf_value is distinct from a.agreed_value as has_sf_moved
    from mapping.field_values v
    join field_rules r on r.xero_object = v.xero_object and r.field = v.field and r.rule <> 'off'
    left join mapping.agreed_values a
        on a.xero_key = v.xero_key and a.field = v.field and a.sf_key = v.sf_key
    where v.xero_value is distinct from v.sf_value
),
winners as (
    select
        *,
        case
            when rule = 'xero_wins' then 'xero'
            when rule = 'salesforce_wins' then 'salesforce'
            when rule = 'review' then case when has_xero_moved and has_sf_moved then 'conflict' else 'review' end
            when not is_agreed or rule = 'fill_empty' then case
                when xero_value is null then 'salesforce'
                when sf_value is null then 'xero'
                when has_xero_moved and has_sf_moved then 'conflict'
                when rule = 'fill_empty' then 'values_differ'
                else 'never_agreed'
            end
            when has_xero_moved and not has_sf_moved then 'xero'
            when has_sf_moved and not has_xero_moved then 'salesforce'
            when xero_changed_at > sf_changed_at then 'xero'
            when sf_changed_at > xero_changed_at then 'salesforce'
            else 'conflict'
        end as winner
    from judged
),
directed as (
    select
        *,
        case
            when winner not in ('xero', 'salesforce') then winner
            when (xero_value is null or sf_value is null) and agreed_value is not null
                and (rule = 'fill_empty' or case winner when 'xero' then xero_value else sf_value end is null)
                then 'value_cleared'
            when winner = 'xero' and sf_object = 'Xero_Invoice__c' then 'to_salesforce'
            when winner = 'xero' and xero_value is not null
                and (sf_value is not null or to_salesforce_problem is distinct from 'not_writable') then 'to_salesforce'
            when winner = 'salesforce' and sf_value is not null
                and (xero_value is not null or to_xero_problem is distinct from 'not_writable') then 'to_xero'
        end as direction
    from winners
),
names as (
    select tenant_id, contact_key, lower(trim(regexp_replace(nfc_normalize(contact_name), '\s+', ' ', 'g'))) as name_form
    from core.contacts
    where contact_status = 'ACTIVE'
),
numbers as (
    select tenant_id, contact_key, lower(trim(account_number)) as number_form
    from core.contacts
    where account_number is not null
),
clashing as (
    select d.xero_key, d.field
    from directed d
    join names n on d.field = 'name' and n.tenant_id = d.tenant_id and n.contact_key <> d.xero_key
        and n.name_form = lower(trim(regexp_replace(nfc_normalize(d.sf_text), '\s+', ' ', 'g')))
    where d.direction = 'to_xero'
    union
    select d.xero_key, d.field
    from directed d
    join numbers n on d.field = 'account_number' and n.tenant_id = d.tenant_id and n.contact_key <> d.xero_key
        and n.number_form = lower(trim(d.sf_text))
    where d.direction = 'to_xero'
    union
    -- Two contacts that would get the same name or number in this very plan.
    select xero_key, field
    from directed
    where direction = 'to_xero' and field in ('name', 'account_number')
    qualify count(*) over (partition by tenant_id, field, sf_value) > 1
),
written as (
    select distinct attempt_number, target_system, payload,
        unnest([remote_id, target_key, split_part(target_key, ':', 2)]) as record_id
    from ledger.attempts
    where state = 'confirmed' and attempted_at > $now::timestamptz - interval 7 days
),
overwritten as (
    -- The same value was written and confirmed three times in a week and is not there: something puts it back.
    select d.xero_key, d.field
    from directed d
    join written l
        on l.record_id = case d.direction when 'to_xero' then split_part(d.xero_key, ':', 2) else d.sf_record_id end
        and l.target_system = case d.direction when 'to_xero' then 'xero' else 'salesforce' end
        and json_contains(l.payload, case d.direction when 'to_xero' then d.to_xero else d.to_salesforce end)
    where d.direction in ('to_salesforce', 'to_xero')
    group by d.xero_key, d.field
    having count(distinct l.attempt_number) >= 3
)
select
    d.* exclude (direction, winner), split_part(d.xero_key, ':', 2) as xero_record_id, d.direction as wanted,
    case
        when d.direction = 'to_salesforce' and d.to_salesforce_problem is not null then d.to_salesforce_problem
        when d.direction = 'to_xero' and d.to_xero_problem is not null then d.to_xero_problem
        when x.xero_key is not null
            then case d.field when 'name' then 'name_not_unique' else 'account_number_not_unique' end
        when o.xero_key is not null then 'overwritten_again'
        else d.direction
    end as decision
from directed d
left join clashing x on x.xero_key = d.xero_key and x.field = d.field
left join overwritten o on o.xero_key = d.xero_key and o.field = d.field
where d.direction is not null
