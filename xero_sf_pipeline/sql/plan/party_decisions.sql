-- Grain: one row per detail that differs between a linked contact and its account. Key: (contact_key, field).
-- `decision` is where the value goes (to_salesforce, to_xero), or why it stays; null: nothing to say about it.
-- A side moved when its value is not the one that both agreed on; an empty value never overwrites one.
create or replace temp table party_decisions as
with judged as (
    select
        v.*, r.rule, a.agreed_value, a.contact_key is not null as is_agreed,
        a.contact_key is not null and v.xero_value is distinct from a.agreed_value as has_xero_moved,
        a.contact_key is not null and v.sf_value is distinct from a.agreed_value as has_sf_moved
    from parties.field_values v
    join party_rules r on r.field = v.field and r.rule <> 'off'
    left join parties.agreed_values a
        on a.contact_key = v.contact_key and a.field = v.field and a.sf_account_id = v.sf_account_id
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
    select d.contact_key, d.field
    from directed d
    join names n on d.field = 'name' and n.tenant_id = d.tenant_id and n.contact_key <> d.contact_key
        and n.name_form = lower(trim(regexp_replace(nfc_normalize(d.sf_text), '\s+', ' ', 'g')))
    where d.direction = 'to_xero'
    union
    select d.contact_key, d.field
    from directed d
    join numbers n on d.field = 'account_number' and n.tenant_id = d.tenant_id and n.contact_key <> d.contact_key
        and n.number_form = lower(trim(d.sf_text))
    where d.direction = 'to_xero'
    union
    -- Two contacts that would get the same name or number in this very plan.
    select contact_key, field
    from directed
    where direction = 'to_xero' and field in ('name', 'account_number')
    qualify count(*) over (partition by tenant_id, field, sf_value) > 1
),
overwritten as (
    -- The same value was written and confirmed three times in a week and is not there: something puts it back.
    select d.contact_key, d.field
    from directed d
    join ledger.attempts l
        on l.state = 'confirmed' and l.attempted_at > $now::timestamptz - interval 7 days
        and l.target_key = case d.direction when 'to_xero' then d.contact_key else d.sf_record_id end
        and l.target_system = case d.direction when 'to_xero' then 'xero' else 'salesforce' end
        and json_contains(l.payload, case d.direction when 'to_xero' then d.to_xero else d.to_salesforce end)
    where d.direction in ('to_salesforce', 'to_xero')
    group by d.contact_key, d.field
    having count(distinct l.attempt_number) >= 3
)
select
    d.* exclude (direction, winner), c.contact_name, c.xero_contact_id, a.account_name,
    case
        when d.direction = 'to_salesforce' and d.to_salesforce_problem is not null then d.to_salesforce_problem
        when d.direction = 'to_xero' and d.to_xero_problem is not null then d.to_xero_problem
        when x.contact_key is not null
            then case d.field when 'name' then 'name_not_unique' else 'account_number_not_unique' end
        when o.contact_key is not null then 'overwritten_again'
        else d.direction
    end as decision,
    d.direction as wanted
from directed d
join core.contacts c on c.contact_key = d.contact_key
join core.accounts a on a.sf_account_id = d.sf_account_id
left join clashing x on x.contact_key = d.contact_key and x.field = d.field
left join overwritten o on o.contact_key = d.contact_key and o.field = d.field
where d.direction is not null
