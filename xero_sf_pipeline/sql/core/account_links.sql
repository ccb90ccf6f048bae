-- Grain: one row per stored link of a Xero contact to a Salesforce account. Key: contact_key.
-- A Xero_Contact__c row speaks first; Account.Xero_Contact_ID__c is the link of the account's primary contact.
create or replace table core.account_links as
with stored as (
    select contact_key, sf_account_id, sf_xero_contact_id, 1 as preference, updated_at
    from raw_salesforce.xero_contacts_current
    where not is_deleted and contact_key is not null and sf_account_id is not null
    union all
    select c.tenant_id || ':' || c.xero_contact_id, a.sf_account_id, null, 2, a.updated_at
    from raw_salesforce.accounts_current a
    join raw_xero.contacts_current c on c.xero_contact_id = a.xero_contact_id
)
select
    contact_key,
    split_part(contact_key, ':', 1) as tenant_id,
    split_part(contact_key, ':', 2) as xero_contact_id,
    sf_account_id,
    sf_xero_contact_id
from stored
qualify row_number() over (partition by contact_key order by preference, updated_at desc, sf_account_id) = 1;
