-- Grain: one row per person that is to be made. Key: person_key.
-- Of an account that this plan or an earlier push creates (`account_created_for`), the write's id names the account by
-- the Xero contact it is for, so that it stays when the account has an id.
select
    m.*, split_part(m.contact_key, ':', 2) as xero_contact_id, n.write_id as account_write_id,
    coalesce(t.created_for, case when m.sf_account_id is null then split_part(m.contact_key, ':', 2) end)
        as account_created_for
from parties.missing_people m
left join accounts_coming n on n.contact_key = m.contact_key
left join created_accounts t on t.sf_account_id = m.sf_account_id
where m.exclusion is null and (m.sf_account_id is not null or n.contact_key is not null)
order by m.person_key
