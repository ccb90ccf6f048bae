-- Values that, when shared, speak for the same party: numbers, addresses, domains, telephones, people.
-- Grain: one row per party, kind and value. bits = what sharing the value is worth: rare values more than common ones.
create or replace temp table party_facts as
with gathered as (
    select party_id, is_account, 'account_number' as kind, account_number as value from parties
    union
    -- Salesforce has no tax field of its own: teams keep tax and company numbers in AccountNumber.
    select party_id, is_account, 'tax_number', if(is_account, account_number, tax_number) from parties
    union
    select party_id, is_account, 'tax_number', company_number from parties where not is_account
    union
    select party_id, is_account, 'email', email from parties where not is_account
    union
    select parties.party_id, true, 'email', plain_email(person.email)
    from core.people as person
    join parties on parties.is_account and parties.party_key = person.sf_account_id
    union
    select party_id, is_account, 'email_domain', email_domain(email) from parties where not is_account
    union
    select party_id, is_account, 'email_domain', website_domain from parties
    union
    select parties.party_id, true, 'email_domain', registrable_domain(lower(trim(domain.domain)))
    from (select sf_account_id, unnest(email_domains) as domain from core.accounts) as domain
    join parties on parties.is_account and parties.party_key = domain.sf_account_id
    union
    select parties.party_id, true, 'email_domain', email_domain(person.email)
    from core.people as person
    join parties on parties.is_account and parties.party_key = person.sf_account_id
    union
    select party_id, is_account, 'phone', phone from parties
    union
    select parties.party_id, true, 'phone', phone_digits(person.phone)
    from core.people as person
    join parties on parties.is_account and parties.party_key = person.sf_account_id
    union
    select party_id, is_account, 'person', person_name from parties where not is_account and contains(person_name, ' ')
    union
    select parties.party_id, true, 'person', plain_text(person.full_name)
    from core.people as person
    join parties on parties.is_account and parties.party_key = person.sf_account_id
),
usable as (
    select *
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
