-- Grain: one row per contact whose key, id or name starts with the text.
select l.*, c.contact_name, c.email, c.phone, c.city, c.postal_code, a.account_name, r.account_name as rival_name
from matching.links l
left join core.contacts c using (contact_key)
left join core.accounts a on a.sf_account_id = l.sf_account_id
left join core.accounts r on r.sf_account_id = l.rival_sf_account_id
where l.contact_key = $contact
   or split_part(l.contact_key, ':', 2) = $contact
   or lower(c.contact_name) = lower($contact)
   or (length($contact) >= 6 and starts_with(split_part(l.contact_key, ':', 2), lower($contact)))
order by l.contact_key
