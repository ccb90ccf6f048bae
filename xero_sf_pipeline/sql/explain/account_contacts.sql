-- Grain: one row per Xero contact that is linked with the account.
select l.contact_key, k.contact_name, g.organisation_name, l.method, l.explanation, l.decided_by, l.decided_at
from seen_matching_links l
left join seen_core_contacts k on k.contact_key = l.contact_key
left join seen_core_organisations g on g.tenant_id = k.tenant_id
where l.sf_account_id = $key and l.outcome = 'linked'
order by k.contact_name, l.contact_key
