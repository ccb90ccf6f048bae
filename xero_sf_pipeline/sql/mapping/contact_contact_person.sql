-- Grain: one row per contact person of a linked contact that the account has. Key: xero_key = person_key.
-- Known by Xero_Person_Key__c, else by the e-mail address; the first person of several with one address.
with persons as (
    select
        p.tenant_id, p.contact_key, p.contact_name, p.sf_account_id, p.country_code, p.xero_updated_at, person,
        lower(trim(person ->> '$.EmailAddress')) as email
    from party_pairs p
    join raw_xero.contacts_current r on r.tenant_id = p.tenant_id and r.xero_contact_id = p.xero_contact_id,
    unnest(from_json(r.payload -> '$.ContactPersons', '["json"]')) listed(person)
    where trim(coalesce(person ->> '$.EmailAddress', '')) <> ''
),
paired as (
    select p.*, k.sf_contact_id, k.mapped_fields, k.updated_at as sf_updated_at,
        k.xero_person_key is not distinct from p.contact_key || ':' || p.email as has_key
    from persons p
    join core.people k
        on k.xero_person_key = p.contact_key || ':' || p.email
        or (k.sf_account_id = p.sf_account_id and lower(trim(k.email)) = p.email)
    qualify row_number() over (partition by p.contact_key, p.email order by has_key desc, k.sf_contact_id) = 1
)
select
    tenant_id, 'ContactPerson' as xero_object, contact_key || ':' || email as xero_key, 'Contact' as sf_object,
    sf_contact_id as sf_key, sf_contact_id as sf_record_id, contact_name || ', ' || email as subject,
    person::varchar as xero_record, mapped_fields::varchar as sf_fields, country_code, xero_updated_at, sf_updated_at,
    true as leads, null::varchar as closed_because
from paired
order by xero_key
