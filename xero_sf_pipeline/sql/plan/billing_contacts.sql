-- Grain: one row per organisation and account that needs a contact before its first invoice. Key: (tenant_id, sf_account_id).
-- The e-mail is that of the account's first person who has one. confirmed_id: a contact that we created already and
-- that the mirror does not show yet.
create or replace temp table billing_contacts as
with needed as (
    select s.tenant_id, o.sf_account_id, min(s.sf_opportunity_id) as sf_opportunity_id, min(s.bill_on) as bill_on
    from billing.schedule s
    join core.opportunities o on o.sf_opportunity_id = s.sf_opportunity_id
    join plan_days d on d.tenant_id = s.tenant_id
    where s.needs_contact and s.hold_reason is null and s.bill_on <= d.today + $lead_days::integer
    group by s.tenant_id, o.sf_account_id
)
select
    n.tenant_id, n.sf_account_id, n.sf_opportunity_id, a.account_name, a.street, a.city, a.region, a.postal_code,
    a.country, g.organisation_name,
    (select arg_min(p.email, p.sf_contact_id) from core.people p
        where p.sf_account_id = n.sf_account_id and p.email is not null) as email,
    t.remote_id as confirmed_id, t.confirmed_at,
    t.confirmed_at <= $now::timestamptz - to_hours($read_back_hours) as is_lost,
    row_number() over (
        partition by n.tenant_id, lower(regexp_replace(trim(a.account_name), '\s+', ' ', 'g'))
        order by t.remote_id is null, n.sf_account_id
    ) > 1 as is_namesake
from needed n
join core.accounts a on a.sf_account_id = n.sf_account_id
join core.organisations g on g.tenant_id = n.tenant_id
left join confirmed_targets t on t.target_object = 'Contact' and t.target_key = n.tenant_id || ':' || n.sf_account_id
order by n.tenant_id, n.sf_account_id
