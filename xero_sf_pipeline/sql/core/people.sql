-- Grain: one row per live Salesforce contact (a person). Key: sf_contact_id.
create or replace table core.people as
select sf_contact_id, sf_account_id, full_name, email, coalesce(phone, mobile_phone) as phone
from raw_salesforce.contacts_current
where not is_deleted;
