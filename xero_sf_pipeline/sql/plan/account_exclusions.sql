-- Grain: one row per contact whose account is deliberately not created, or not given the contact's id.
insert into plan.exclusions by name
select
    $plan_id as plan_id, 'core.contacts' as subject_table, contact_key as subject_key, 'account.create' as kind,
    exclusion as reason,
    case exclusion
        when 'contact_archived' then coalesce(contact_name, contact_key) || ' is not active in Xero.'
        when 'contact_without_name' then 'Contact ' || contact_key || ' has no name; an account needs one.'
        when 'contact_not_customer' then contact_name || ' has no sales documents: only customers get an account.'
        when 'account_exists' then 'An account already carries the id of ' || contact_name
            || ', although the match says to create one. Confirm that match instead.'
        when 'account_deleted' then 'The account that carried the id of ' || contact_name
            || ' was deleted in Salesforce. It is not created again (accounts.create.recreate_deleted is off).'
        else 'accounts.create.when is never; ' || contact_name || ' has no account.'
    end as explanation,
    null::decimal(18, 4) as amount, null::varchar as currency_code
from account_creations
where exclusion is not null
union all
select
    $plan_id, 'core.accounts', sf_account_id, 'account.link', exclusion,
    case exclusion
        when 'account_names_other_contact' then 'Account ' || account_name || ' carries the id of another Xero contact ('
            || xero_contact_id_present || '); ' || contact_name || ' is its primary match. The id is not overwritten.'
        else 'The id of contact ' || contact_name || ' is on account ' || other_sf_account_id || ', but its match is '
            || account_name || '. A person moves or clears it.'
    end,
    null, null
from account_links
where exclusion is not null
