-- Grain: one row per Salesforce account, deleted and merged ones kept and flagged. Key: sf_account_id.
-- email_domains: the distinct domains of the account's people.
create or replace table core.accounts as
with domains as (
    select sf_account_id, list(distinct lower(split_part(email, '@', 2)) order by lower(split_part(email, '@', 2))) as email_domains
    from raw_salesforce.contacts_current
    where not is_deleted and sf_account_id is not null and email like '%_@_%'
    group by sf_account_id
)
select
    a.sf_account_id,
    a.account_name,
    a.account_number,
    a.account_type,
    a.parent_sf_account_id,
    a.phone,
    a.website,
    a.street,
    a.city,
    a.region,
    a.postal_code,
    a.country,
    a.owner_sf_user_id,
    a.xero_contact_id,
    a.xero_url,
    coalesce(d.email_domains, []) as email_domains,
    a.is_deleted,
    a.master_sf_account_id,
    a.updated_at
from raw_salesforce.accounts_current a
left join domains d using (sf_account_id);
