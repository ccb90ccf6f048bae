-- Grain: one row per organisation and account for which a contact waits for a person's decision.
select distinct c.tenant_id, p.sf_account_id
from matching.links l
join core.contacts c on c.contact_key = l.contact_key
join (
    select contact_key, sf_account_id from matching.candidates
    union
    select contact_key, sf_account_id from matching.links where sf_account_id is not null
    union
    select contact_key, rival_sf_account_id from matching.links where rival_sf_account_id is not null
) p on p.contact_key = l.contact_key
semi join (select sf_account_id from core.opportunities where is_won) o on o.sf_account_id = p.sf_account_id
where l.outcome = 'review'
