-- Grain: one row per field that was compared and is deliberately left alone.
insert into plan.exclusions by name
select
    $plan_id as plan_id, 'mapping.field_values' as subject_table, xero_key || '/' || field as subject_key,
    case
        when coalesce(wanted, '') = 'to_xero' then
            case xero_object when 'Invoice' then 'invoice.update' when 'Item' then 'item.update' else 'xero_contact.update' end
        else case sf_object
            when 'Contact' then 'contact.upsert' when 'Opportunity' then 'opportunity.update'
            when 'Product2' then 'product.update' when 'Xero_Invoice__c' then 'xero_invoice.upsert' else 'account.update' end
    end as kind,
    decision as reason,
    coalesce(subject, xero_key) || ', ' || if(contains(field, '.'), field, replace(field, '_', ' ')) || ': Xero has ' || coalesce('"' || xero_text || '"', 'nothing')
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
            when 'value_incomplete' then 'Xero takes it only together with another field, which is empty.'
            when 'value_invalid' then 'It cannot be read as what the field holds.'
            when 'overwritten_again' then 'It was written three times within a week and is changed back each time; '
                || 'look for an automation or a person who disagrees.'
            when 'invoice_approved' then 'The invoice is approved in Xero; an approved invoice is never changed.'
            when 'invoice_not_ours' then 'The invoice was not made by this product, so a person changes it.'
            when 'period_locked' then 'The invoice lies in a period that is locked in Xero.'
            else ''
        end as explanation,
    null::decimal(18, 4) as amount, null::varchar as currency_code
from field_decisions
where decision not in ('to_salesforce', 'to_xero')
