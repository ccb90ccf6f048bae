-- Grain: one row per linked account, with the contact that it names: what the mappings of the two read. Key: xero_key.
-- Every file of this folder that is named by two objects has these columns. leads: this is the pair from which values go
-- to Salesforce. closed_because: why Xero's record takes no change, else null. Of contacts the places, too: they say whose
-- phone numbers need no prefix.
select
    p.tenant_id, 'Contact' as xero_object, p.contact_key as xero_key, 'Account' as sf_object,
    p.sf_account_id as sf_key, p.sf_account_id as sf_record_id, p.contact_name as subject,
    r.payload::varchar as xero_record, a.mapped_fields::varchar as sf_fields, p.country_code, p.addresses, p.billing_country,
    p.billing_country_code, p.organisation_country_code,
    p.xero_updated_at, p.account_updated_at as sf_updated_at, true as leads, null::varchar as closed_because
from party_pairs p
join core.accounts a on a.sf_account_id = p.sf_account_id
join raw_xero.contacts_current r on r.tenant_id = p.tenant_id and r.xero_contact_id = p.xero_contact_id
order by xero_key
