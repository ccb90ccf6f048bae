-- Grain: one row per contact. Key: contact_key. Filter: outcome (null = all).
select
    l.contact_key, c.contact_name, l.outcome, l.sf_account_id, a.account_name, l.method, l.score, l.margin,
    r.account_name as rival_name, l.reason, l.explanation
from matching.links l
left join core.contacts c using (contact_key)
left join core.accounts a on a.sf_account_id = l.sf_account_id
left join core.accounts r on r.sf_account_id = l.rival_sf_account_id
where $outcome is null or l.outcome = $outcome
order by l.outcome, l.margin nulls first, c.contact_name, l.contact_key
