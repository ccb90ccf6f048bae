-- Grain: one row per live Salesforce contact (a person). Key: sf_contact_id.
-- phone is the business phone, else the mobile one; business_phone is the field Phone alone.
create or replace table core.people as
select
    sf_contact_id,
    sf_account_id,
    full_name,
    first_name,
    last_name,
    title,
    email,
    coalesce(phone, mobile_phone) as phone,
    phone as business_phone,
    mobile_phone,
    mailing_street,
    mailing_city,
    mailing_region,
    mailing_postal_code,
    mailing_country,
    xero_person_key,
    mapped_fields,
    updated_at
from raw_salesforce.contacts_current
where not is_deleted;
