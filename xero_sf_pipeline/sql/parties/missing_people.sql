-- Grain: one row per person of a linked contact that its account lacks. Key: person_key.
-- The contact's own person is `<contact_key>:primary`, a contact person `<contact_key>:<email>`. A person is known to the
-- account by that key or by the email. `exclusion` says why the person is not made, else null. Of a contact whose account
-- is still to be created, sf_account_id is null.
insert into parties.missing_people by name
with linked as (
    select contact_key, sf_account_id
    from party_pairs
    union all
    select c.contact_key, null
    from matching.links l
    join core.contacts c on c.contact_key = l.contact_key
    where l.outcome = 'create' and c.contact_status = 'ACTIVE'
        and coalesce(c.resolved_contact_key, c.contact_key) = c.contact_key
),
persons as (
    select
        l.contact_key || ':primary' as person_key, l.contact_key, l.sf_account_id, c.tenant_id, c.first_name,
        c.last_name, lower(trim(c.contact_email)) as email, 0 as position
    from linked l
    join core.contacts c on c.contact_key = l.contact_key
    where c.contact_email is not null or c.last_name is not null
    union all
    select
        l.contact_key || ':' || lower(trim(person.email)), l.contact_key, l.sf_account_id, c.tenant_id,
        person.first_name, person.last_name, lower(trim(person.email)), position
    from linked l
    join core.contacts c on c.contact_key = l.contact_key,
    unnest(c.contact_persons) with ordinality listed(person, position)
    where trim(coalesce(person.email, '')) <> ''
),
distinct_persons as (
    select *
    from persons
    qualify row_number() over (
        partition by contact_key, coalesce(email, person_key) order by position
    ) = 1
),
emails_elsewhere as (
    select lower(trim(email)) as email, min(sf_account_id) as sf_account_id
    from core.people
    where email is not null
    group by lower(trim(email))
),
unknown as (
    select d.*
    from distinct_persons d
    anti join core.people k on k.xero_person_key = d.person_key
    anti join core.people e on e.sf_account_id = d.sf_account_id and lower(trim(e.email)) = d.email
    -- Of a contact whose person is compared by email already, that person stands for the primary one.
    anti join party_pairs v on v.contact_key = d.contact_key and v.sf_person_id is not null and d.position = 0
    -- Without an email, a person of that name is the one.
    anti join core.people n on n.sf_account_id = d.sf_account_id and d.email is null
        and lower(trim(n.last_name)) = lower(trim(d.last_name))
        and lower(trim(coalesce(n.first_name, ''))) = lower(trim(coalesce(d.first_name, '')))
)
select
    u.person_key, u.contact_key, u.tenant_id, u.sf_account_id, nullif(trim(u.first_name), '') as first_name,
    nullif(trim(u.last_name), '') as last_name, u.email,
    case
        when coalesce(nullif(trim(u.last_name), ''), nullif(trim(u.first_name), '')) is null then 'person_without_name'
        when e.email is not null then 'person_on_other_account'
        when u.email is not null and not regexp_full_match(u.email, '[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+')
            then 'value_invalid'
        when length(u.email) > 80 or length(u.last_name) > 80 or length(u.first_name) > 40 or length(u.person_key) > 120
            then 'value_too_long'
    end as exclusion,
    case
        when coalesce(nullif(trim(u.last_name), ''), nullif(trim(u.first_name), '')) is null
            then 'Xero has the address ' || u.email || ' without a name; Salesforce needs one.'
        when e.email is not null
            then 'A person with the address ' || u.email || ' belongs to account ' || coalesce(e.sf_account_id, '(none)')
                || '. A person decides whether it is the same one.'
    end as explanation
from unknown u
left join emails_elsewhere e on e.email = u.email
