-- Grain: one row per Salesforce account, deleted and merged ones kept and flagged. Key: sf_account_id.
-- email_domains: the distinct domains of the account's people. The payment fields (payment_status to as_of_at) are what
-- we wrote last, amounts in the org's currency. mapped_fields: further fields that the policy names.
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
    a.region_code,
    a.country_code,
    a.shipping_street,
    a.shipping_city,
    a.shipping_region,
    a.shipping_postal_code,
    a.shipping_country,
    a.industry,
    a.tax_number,
    a.owner_sf_user_id,
    a.currency_code,
    a.xero_contact_id,
    a.xero_url,
    a.payment_status,
    a.amount_outstanding,
    a.amount_overdue,
    a.amount_unallocated_credit,
    a.open_invoice_count,
    a.oldest_due_on,
    a.average_days_late,
    a.as_of_at,
    a.mapped_fields,
    coalesce(d.email_domains, []) as email_domains,
    a.is_deleted,
    a.master_sf_account_id,
    a.created_at,
    a.updated_at
from raw_salesforce.accounts_current a
left join domains d using (sf_account_id);
