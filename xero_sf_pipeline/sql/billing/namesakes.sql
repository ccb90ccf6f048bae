-- Grain: one row per organisation and account whose name an active contact has already. Xero wants contact names unique.
-- Compared without regard to case, accents, punctuation and white space: how Xero folds them is not documented.
select c.tenant_id, a.sf_account_id, any_value(c.contact_name) as contact_name
from core.accounts a
semi join (select sf_account_id from core.opportunities where is_won) o on o.sf_account_id = a.sf_account_id
join core.contacts c on c.contact_status = 'ACTIVE' and plain_text(c.contact_name) = plain_text(a.account_name)
where not a.is_deleted and plain_text(a.account_name) <> ''
group by c.tenant_id, a.sf_account_id
