-- Grain: one row per contact that gets an account. Key: the first column.
select c.contact_key, r.payload::varchar, null::varchar, g.country_code
from account_creations c
join core.contacts k on k.contact_key = c.contact_key
join raw_xero.contacts_current r on r.tenant_id = k.tenant_id and r.xero_contact_id = k.xero_contact_id
left join core.organisations g on g.tenant_id = k.tenant_id
where c.exclusion is null
