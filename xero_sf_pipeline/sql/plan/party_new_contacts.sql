-- Grain: one row per account of the given types without any Xero contact. Key: sf_account_id.
-- `exclusion` says why no contact is made, else null. A contact that billing plans in this plan is not planned twice.
create or replace temp table party_new_contacts as
with organisation as (
    select any_value(tenant_id) as tenant_id, any_value(organisation_name) as organisation_name, count(*) as organisation_count
    from core.organisations
)
select
    a.sf_account_id, a.account_name, a.account_type, a.street, a.city, a.region, a.postal_code, a.country,
    g.tenant_id, g.organisation_name,
    (select arg_min(p.email, p.sf_contact_id) from core.people p
        where p.sf_account_id = a.sf_account_id and p.email is not null) as email,
    case
        when g.organisation_count <> 1 then 'organisation_unclear'
        when exists (from core.contacts c where c.tenant_id = g.tenant_id and c.contact_number = a.sf_account_id)
            then 'match_in_review'
        when exists (from matching.candidates m join matching.links l using (contact_key)
            where m.sf_account_id = a.sf_account_id and l.outcome = 'review') then 'match_in_review'
        when exists (from core.contacts c where c.tenant_id = g.tenant_id and c.contact_status = 'ACTIVE'
            and lower(trim(regexp_replace(c.contact_name, '\s+', ' ', 'g'))) = lower(trim(regexp_replace(a.account_name, '\s+', ' ', 'g'))))
            then 'name_not_unique'
        when count(*) over (partition by lower(trim(a.account_name))) > 1 then 'name_not_unique'
        when exists (from confirmed_targets t
            where t.target_object = 'Contact' and t.target_key = g.tenant_id || ':' || a.sf_account_id)
            then 'awaiting_read_back'
    end as exclusion
from core.accounts a
cross join organisation g
where not a.is_deleted and a.xero_contact_id is null and a.account_type in (select unnest($types::varchar[]))
    and not exists (from matching.links l where l.sf_account_id = a.sf_account_id and l.outcome = 'linked')
    and not exists (from candidate_writes w
        where w.kind = 'xero_contact.create' and w.target_key = g.tenant_id || ':' || a.sf_account_id)
