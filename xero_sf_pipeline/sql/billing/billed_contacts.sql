-- Grain: one row per contact that an account of a won deal is linked with. Key: (tenant_id, sf_account_id, contact_key).
-- A contact that we created carries the account's id as its number: it is the account's, unless a person or another
-- link says otherwise. Merged contacts stand for the one that survives. What a sale to the contact has by default is Xero's.
with own as (
    select distinct r.contact_key, c.contact_number as sf_account_id
    from core.contacts c
    join core.contacts r on r.contact_key = coalesce(c.resolved_contact_key, c.contact_key)
    left join matching.links l on l.contact_key = r.contact_key
    where c.contact_number like '001_______________'
        and (l.outcome is distinct from 'linked' or l.sf_account_id = c.contact_number) and l.decided_by is null
),
linked as (
    select contact_key, sf_account_id, is_primary from matching.links where outcome = 'linked'
    union all
    select contact_key, sf_account_id, false from own
    anti join matching.links l on l.contact_key = own.contact_key and l.outcome = 'linked'
)
select
    c.tenant_id, l.sf_account_id, c.contact_key, c.xero_contact_id, c.contact_name,
    c.contact_status = 'ACTIVE' as is_active, coalesce(l.is_primary, false) as is_primary, c.sales_tax_type,
    c.sales_due_day, c.sales_due_type, nullif(r.payload ->> '$.SalesDefaultAccountCode', '') as sales_account_code
from linked l
join core.contacts c on c.contact_key = l.contact_key
left join raw_xero.contacts_current r on r.tenant_id = c.tenant_id and r.xero_contact_id = c.xero_contact_id
semi join (select sf_account_id from core.opportunities where is_won) o on o.sf_account_id = l.sf_account_id
