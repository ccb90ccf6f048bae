-- Grain: one row per linked contact with the person that stands for it in Salesforce. Key: xero_key.
select
    p.tenant_id, 'Contact' as xero_object, p.contact_key as xero_key, 'Contact' as sf_object,
    k.sf_contact_id as sf_key, k.sf_contact_id as sf_record_id, p.contact_name as subject,
    r.payload::varchar as xero_record, k.mapped_fields::varchar as sf_fields, p.country_code, p.addresses, p.billing_country,
    p.billing_country_code, p.organisation_country_code,
    p.xero_updated_at, k.updated_at as sf_updated_at, true as leads, null::varchar as closed_because
from party_pairs p
join core.people k on k.sf_contact_id = p.sf_person_id
join raw_xero.contacts_current r on r.tenant_id = p.tenant_id and r.xero_contact_id = p.xero_contact_id
order by xero_key
