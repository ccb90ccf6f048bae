-- Grain: one row per candidate account of a contact, best first.
select
    m.candidate_rank, m.sf_account_id, a.account_name, a.city, a.postal_code, m.blocking_rule, m.score, m.probability,
    m.terms
from matching.candidates m left join core.accounts a using (sf_account_id)
where m.contact_key = $contact_key
order by m.candidate_rank
