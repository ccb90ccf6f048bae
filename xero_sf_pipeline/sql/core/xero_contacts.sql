-- Grain: one row per live Xero_Contact__c record as last read. Key: contact_key.
create or replace table core.xero_contacts as
select contact_key, sf_xero_contact_id, contact_name, sf_account_id, xero_url, updated_at
from raw_salesforce.xero_contacts_current
where not is_deleted and contact_key is not null
qualify row_number() over (partition by contact_key order by updated_at desc, sf_xero_contact_id) = 1;
