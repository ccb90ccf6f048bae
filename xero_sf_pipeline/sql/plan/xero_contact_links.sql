-- Grain: one row per contact whose Xero_Contact__c record is missing or names another account. Key: contact_key.
-- A contact whose account is created by this plan (`account_write_id`) or was created by an earlier, not yet read back
-- push names it by the external key instead of by id.
create or replace temp table xero_contact_links as
with wanted as (
    select l.contact_key, l.sf_account_id, l.method, null::varchar as account_write_id
    from matching.links l
    semi join core.accounts a on a.sf_account_id = l.sf_account_id and not a.is_deleted
    where l.outcome = 'linked'
    union all
    select contact_key, null, 'create', write_id
    from accounts_coming
)
select
    c.contact_key, c.tenant_id, c.xero_contact_id, c.contact_name, g.short_code, w.sf_account_id, a.account_name,
    w.method, w.account_write_id, t.created_for as account_created_for, r.sf_xero_contact_id, r.sf_account_id as sf_account_id_present,
    epoch_us(r.updated_at) as target_updated_us
from wanted w
join core.contacts c on c.contact_key = w.contact_key
left join core.organisations g on g.tenant_id = c.tenant_id
left join core.accounts a on a.sf_account_id = w.sf_account_id
left join created_accounts t on t.sf_account_id = w.sf_account_id
left join core.xero_contacts r on r.contact_key = w.contact_key
where coalesce(c.resolved_contact_key, c.contact_key) = c.contact_key
    and (r.sf_xero_contact_id is null or (w.sf_account_id is not null and r.sf_account_id is distinct from w.sf_account_id))
