-- Values that, when shared, speak for the same party: numbers, addresses, domains, telephones, people.
-- Grain: one row per party, kind and value. bits = what sharing the value is worth: rare values more than common ones.
create or replace temp table party_facts as
with contact_emails as materialized (
    select party_id, email, registrable_domain(regexp_extract(email, '@(.+)$', 1)) as domain
    from parties where not is_account and email is not null
),
people as materialized (
    select
        parties.party_id, person.address as email, registrable_domain(regexp_extract(person.address, '@(.+)$', 1)) as domain,
        phone_digits(person.phone) as phone, plain_text(person.full_name) as full_name
    from (select sf_account_id, full_name, phone, plain_email(email) as address from core.people) as person
    join parties on parties.is_account and parties.party_key = person.sf_account_id
),
gathered as (
    select party_id, is_account, 'account_number' as kind, account_number as value from parties
    union all
    -- Salesforce has no tax field of its own: teams keep tax and company numbers in AccountNumber.
    select party_id, is_account, 'tax_number', if(is_account, account_number, tax_number) from parties
    union all
    select party_id, false, 'tax_number', company_number from parties where not is_account
    union all
    select party_id, false, 'email', email from contact_emails
    union all
    select party_id, true, 'email', email from people
    union all
    select party_id, false, 'email_domain', domain from contact_emails
    union all
    select party_id, true, 'email_domain', domain from people
    union all
    select party_id, is_account, 'email_domain', website_domain from parties
    union all
    select parties.party_id, true, 'email_domain', registrable_domain(lower(trim(domain.domain)))
    from (select sf_account_id, unnest(email_domains) as domain from core.accounts) as domain
    join parties on parties.is_account and parties.party_key = domain.sf_account_id
    union all
    select party_id, is_account, 'phone', phone from parties
    union all
    select party_id, true, 'phone', phone from people
    union all
    select party_id, false, 'person', person_name from parties where not is_account and contains(person_name, ' ')
    union all
    select party_id, true, 'person', full_name from people
),
usable as (
    select distinct party_id, is_account, kind, value
    from gathered
    where value is not null and value <> ''
      and not (kind = 'email_domain' and list_contains($free_mail_domains, value))
      -- A number of a letter or two is a running number of somebody else's list.
      and not (kind = 'account_number' and length(value) < 3)
      and not (kind = 'tax_number' and length(value) < 6)
),
shared as (
    select kind, value,
           count(*) filter (where is_account) as account_count,
           count(*) filter (where not is_account) as contact_count
    from usable
    group by kind, value
)
select
    usable.party_id, usable.is_account, usable.kind, usable.value, shared.account_count,
    -- A domain that many contacts share (a bookkeeper's, a provider's) says as little as one that many accounts share.
    log2($population / greatest(shared.account_count, shared.contact_count, 1)) as bits
from usable
join shared on shared.kind = usable.kind and shared.value = usable.value;
