-- Grain: one row, the contact, with its match.
select k.*, g.organisation_name, l.outcome, l.sf_account_id, l.method, l.score, l.margin, l.reason,
    l.explanation as match_explanation, l.decided_by, l.decided_at, a.account_name
from seen_core_contacts k
left join seen_core_organisations g on g.tenant_id = k.tenant_id
left join seen_matching_links l on l.contact_key = coalesce(k.resolved_contact_key, k.contact_key)
left join seen_core_accounts a on a.sf_account_id = l.sf_account_id
where k.contact_key = $key
