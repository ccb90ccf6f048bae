-- The contact that speaks for every Xero contact: itself, or the contact it was merged into (MergedToContactID).
-- Grain: one row per contact. Key: contact_key. A winner that was never read leaves the contact speaking for itself.
create or replace temp table contact_resolution as
select
    contact.contact_key,
    contact.xero_contact_id,
    coalesce(winner.contact_key, contact.contact_key) as resolved_contact_key
from core.contacts as contact
left join core.contacts as winner on winner.contact_key = contact.resolved_contact_key;
