-- Grain: one row per detail, person or contact that was compared and is deliberately left alone.
insert into plan.exclusions by name
with details as (
    select
        'parties.field_values' as subject_table, contact_key || '/' || field as subject_key,
        case when coalesce(wanted, '') = 'to_xero' then 'xero_contact.update'
            when sf_object = 'Contact' then 'contact.upsert' else 'account.update' end as kind,
        decision as reason,
        contact_name || ', ' || replace(field, '_', ' ') || ': Xero has ' || coalesce('"' || xero_text || '"', 'nothing')
            || ', Salesforce has ' || coalesce('"' || sf_text || '"', 'nothing') || '. '
            || case decision
                when 'review' then 'A person decides (its rule is review).'
                when 'conflict' then 'Both sides changed it since they last agreed'
                    || coalesce(' on "' || agreed_value || '"', '') || '; a person decides.'
                when 'values_differ' then 'Only empty fields are filled (its rule is fill_empty).'
                when 'never_agreed' then 'They never agreed, so none is newer; a person decides once.'
                when 'value_cleared' then 'One side deleted it after both had "' || agreed_value
                    || '"; an empty value overwrites nothing.'
                when 'name_not_unique' then 'Another active Xero contact has that name; Xero would refuse it.'
                when 'account_number_not_unique' then 'Another Xero contact has that number; Xero would refuse it.'
                when 'value_too_long' then 'The other side has no room for it.'
                when 'phone_invalid' then 'It is not a phone number of any country, so it is not copied.'
                when 'email_invalid' then 'It is not one email address, so it is not copied.'
                when 'country_unknown' then 'The country is not one of ISO 3166, and the other side takes no other.'
                when 'region_unknown' then 'The state is not one of its country in ISO 3166-2, and the picklist has no other.'
                when 'not_writable' then 'It is not written in that direction: by the policy, or because Xero only shows it.'
                when 'value_invalid' then 'It cannot be read as what the field holds.'
                when 'overwritten_again' then 'It was written three times within a week and is changed back each time; '
                    || 'look for an automation or a person who disagrees.'
                else ''
            end as explanation
    from party_decisions
    where decision not in ('to_salesforce', 'to_xero')
),
people as (
    select
        'parties.missing_people', person_key, 'contact.upsert', exclusion,
        coalesce(explanation, 'The person ' || coalesce(email, last_name, first_name)
            || ' is not copied: a value is too long or no email address.')
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
from (from details union all from people union all from contacts)
