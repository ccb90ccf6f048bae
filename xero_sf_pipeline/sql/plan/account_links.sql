-- Grain: one row per account that should carry the id of its primary contact and does not. Key: sf_account_id.
-- `exclusion` says why it is left alone, else null. An id that is there is never overwritten.
create or replace temp table account_links as
with holders as (
    select xero_contact_id, min(sf_account_id) as sf_account_id
    from core.accounts
    where xero_contact_id is not null and not is_deleted
    group by xero_contact_id
)
select
    c.contact_key, c.tenant_id, c.xero_contact_id, c.contact_name, g.short_code, a.sf_account_id, a.account_name,
    a.xero_contact_id as xero_contact_id_present, h.sf_account_id as other_sf_account_id, l.method,
    epoch_us(a.updated_at) as target_updated_us,
    case
        when a.xero_contact_id is not null then 'account_names_other_contact'
        when h.sf_account_id is not null then 'contact_on_other_account'
    end as exclusion
from matching.links l
join core.contacts c on c.contact_key = l.contact_key
join core.accounts a on a.sf_account_id = l.sf_account_id and not a.is_deleted
left join core.organisations g on g.tenant_id = c.tenant_id
left join holders h on h.xero_contact_id = c.xero_contact_id
where l.outcome = 'linked' and l.is_primary and a.xero_contact_id is distinct from c.xero_contact_id
qualify row_number() over (partition by a.sf_account_id order by exclusion nulls first, c.contact_key) = 1
