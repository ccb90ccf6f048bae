-- Grain: one row, the credit.
select c.*, k.contact_name, l.outcome, l.sf_account_id, l.explanation as match_explanation, a.account_name
from seen_core_credits c
left join seen_core_contacts k on k.contact_key = c.contact_key
left join seen_matching_links l on l.contact_key = coalesce(k.resolved_contact_key, c.contact_key)
left join seen_core_accounts a on a.sf_account_id = l.sf_account_id
where c.credit_key = $key
