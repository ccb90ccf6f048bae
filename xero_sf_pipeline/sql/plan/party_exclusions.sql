-- Grain: one row per person or contact that was compared and is deliberately left alone.
insert into plan.exclusions by name
with people as (
    select
        'parties.missing_people' as subject_table, person_key as subject_key, 'contact.upsert' as kind,
        exclusion as reason, coalesce(explanation, 'The person ' || coalesce(email, last_name, first_name)
            || ' is not copied: a value is too long or no email address.') as explanation
    from parties.missing_people
    where exclusion is not null
        and (sf_account_id is not null or contact_key in (select contact_key from accounts_coming))
),
contacts as (
    select
        'core.contacts', c.contact_key, 'account.update',
        case
            when c.contact_status <> 'ACTIVE' and coalesce(c.resolved_contact_key, c.contact_key) <> c.contact_key
                then 'contact_merged'
            when c.contact_status <> 'ACTIVE' then 'contact_archived'
            when a.master_sf_account_id is not null then 'account_merged'
            else 'account_deleted'
        end as reason,
        case
            when c.contact_status <> 'ACTIVE' and coalesce(c.resolved_contact_key, c.contact_key) <> c.contact_key
                then c.contact_name || ' was merged into another contact in Xero; its details are compared there.'
            when c.contact_status <> 'ACTIVE'
                then c.contact_name || ' is archived in Xero; its details and those of '
                    || coalesce(a.account_name, 'its account') || ' are left as they are.'
            when a.master_sf_account_id is not null
                then 'Account ' || coalesce(a.account_name, a.sf_account_id) || ' was merged into '
                    || a.master_sf_account_id || '; confirm the match there.'
            else 'Account ' || coalesce(a.account_name, a.sf_account_id) || ' of ' || c.contact_name
                || ' was deleted in Salesforce; nothing is written to it.'
        end
    from matching.links l
    join core.contacts c on c.contact_key = l.contact_key
    join core.accounts a on a.sf_account_id = l.sf_account_id
    where l.outcome = 'linked' and l.is_primary and (c.contact_status <> 'ACTIVE' or a.is_deleted)
)
select $plan_id as plan_id, *, null::decimal(18, 4) as amount, null::varchar as currency_code
from (from people union all from contacts)
