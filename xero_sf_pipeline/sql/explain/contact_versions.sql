-- Grain: one row per version of the contact that was read, the newest first.
select contact_status as status, contact_name, updated_at, known_from, known_to, is_deleted, run_id
from seen_raw_xero_contacts
where tenant_id || ':' || xero_contact_id = $key
order by known_from desc
limit 20
