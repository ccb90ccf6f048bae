-- Grain: one row per contact whose match outcome is `create`. Key: contact_key.
-- `exclusion` says why no account is created, else null. A person's own decision (method `human`) needs no customer.
create or replace temp table account_creations as
with accounts_by_contact as (
    select xero_contact_id, bool_or(not is_deleted) as is_live, bool_or(is_deleted) as is_deleted
    from core.accounts
    where xero_contact_id is not null
    group by xero_contact_id
),
overdue_contacts as (
    select distinct o.contact_key
    from receivables.overdue_invoices o
    semi join plan_days d on d.tenant_id = o.tenant_id and d.as_of_on = o.as_of_on
    where o.exclusion is null
)
select
    c.contact_key, c.tenant_id, c.xero_contact_id, c.contact_name, c.account_number, c.phone, c.website, c.street,
    c.city, c.region, c.postal_code, c.country, g.short_code,
    l.method = 'human' as is_decided_by_person, l.decided_by,
    case
        when c.contact_status <> 'ACTIVE' then 'contact_archived'
        when trim(coalesce(c.contact_name, '')) = '' then 'contact_without_name'
        when not coalesce(l.method = 'human' or c.is_customer or c.has_sales_documents, false)
            then 'contact_not_customer'
        when a.is_live then 'account_exists'
        when a.is_deleted and not $recreate_deleted then 'account_deleted'
        when $create_when = 'never' then 'switched_off'
    end as exclusion
from matching.links l
join core.contacts c on c.contact_key = l.contact_key
left join core.organisations g on g.tenant_id = c.tenant_id
left join accounts_by_contact a on a.xero_contact_id = c.xero_contact_id
where l.outcome = 'create' and coalesce(c.resolved_contact_key, c.contact_key) = c.contact_key
    and ($create_when <> 'overdue' or exists (from overdue_contacts o where o.contact_key = c.contact_key))
