-- Grain: one row per account with a linked, live primary contact. Key: contact_key.
-- The person whose email is compared with the contact's: the one that carries the contact's key, else the one with the
-- same address, else the one with the address last agreed on, else, when Xero has none, the account's only one.
create or replace temp table party_pairs as
with linked as (
    select c.contact_key, l.sf_account_id, lower(trim(c.contact_email)) as email
    from matching.links l
    join core.contacts c on c.contact_key = l.contact_key
    join core.accounts a on a.sf_account_id = l.sf_account_id and not a.is_deleted
    where l.outcome = 'linked' and l.is_primary and c.contact_status = 'ACTIVE'
        and coalesce(c.resolved_contact_key, c.contact_key) = c.contact_key
    qualify row_number() over (partition by l.sf_account_id order by c.contact_key) = 1
),
emailed as (
    select p.*, lower(trim(p.email)) as email_form, count(p.email) over (partition by p.sf_account_id) as email_count
    from core.people p
    semi join linked l on l.sf_account_id = p.sf_account_id
),
ranked as (
    select l.contact_key, p.sf_contact_id, p.email, p.updated_at,
        case
            when p.xero_person_key = l.contact_key || ':primary' then 1
            when p.email_form = l.email then 2
            when p.email_form = g.agreed_value then 3
            when l.email is null and p.email is not null and p.email_count = 1 then 4
        end as rank
    from linked l
    join emailed p on p.sf_account_id = l.sf_account_id
    left join mapping.agreed_values g
        on g.xero_key = l.contact_key and g.field = 'email' and g.sf_key = l.sf_account_id
),
persons as (
    select *
    from ranked
    where rank is not null
    qualify row_number() over (partition by contact_key order by rank, sf_contact_id) = 1
)
select
    c.contact_key, c.tenant_id, c.contact_name, c.account_number, c.tax_number, c.website, c.contact_email,
    c.phones, c.addresses, c.updated_at as xero_updated_at, o.country_code as organisation_country_code,
    a.sf_account_id, a.account_name, a.phone as account_phone, a.website as account_website,
    a.account_number as sf_account_number, a.tax_number as sf_tax_number, a.street as billing_street,
    a.city as billing_city, a.region as billing_region, a.region_code as billing_region_code,
    a.postal_code as billing_postal_code, a.country as billing_country, a.country_code as billing_country_code,
    a.updated_at as account_updated_at, c.xero_contact_id,
    coalesce(a.country_code, o.country_code) as country_code, p.sf_contact_id as sf_person_id, p.email as sf_person_email,
    p.updated_at as person_updated_at
from linked l
join core.contacts c on c.contact_key = l.contact_key
join core.accounts a on a.sf_account_id = l.sf_account_id
left join core.organisations o on o.tenant_id = c.tenant_id
left join persons p on p.contact_key = l.contact_key
