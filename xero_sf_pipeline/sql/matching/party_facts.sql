-- Values that, when shared, speak for the same party: numbers, addresses, domains, telephones, people.
-- Grain: one row per party, kind and value; of accounts only what some contact has too.
-- bits = what sharing the value is worth: rare values more than common ones.
create or replace temp table party_facts as
with contact_facts as materialized (
    select party_id, 'account_number' as kind, account_number as value from parties
    where not is_account and length(account_number) >= 3
    union
    select party_id, 'tax_number', tax_number from parties where not is_account and length(tax_number) >= 6
    union
    select party_id, 'tax_number', company_number from parties where not is_account and length(company_number) >= 6
    union
    select party_id, 'email', email from parties where not is_account and email is not null
    union
    select party_id, 'email_domain', domain from party_domains where not is_account
    union
    select party_id, 'phone', phone from parties where not is_account and phone is not null
    union
    select party_id, 'person', person_name from parties where not is_account and contains(person_name, ' ')
),
wanted as materialized (
    select kind, value, count(*) as contact_count from contact_facts group by kind, value
),
account_facts as (
    select party_id, 'account_number' as kind, account_number as value from parties where is_account
    union all
    -- Salesforce has no tax field of its own: teams keep tax and company numbers in AccountNumber.
    select party_id, 'tax_number', account_number from parties where is_account
    union all
    select party_id, 'email', email from people
    union all
    select party_id, 'email_domain', domain from party_domains where is_account
    union all
    select party_id, 'phone', phone from parties where is_account
    union all
    select party_id, 'phone', phone from people
    union all
    select party_id, 'person', full_name from people
),
shared_facts as materialized (
    select distinct account_facts.party_id, account_facts.kind, account_facts.value
    from account_facts
    join wanted on wanted.kind = account_facts.kind and wanted.value = account_facts.value
),
shares as (
    select wanted.kind, wanted.value, wanted.contact_count, count(shared_facts.party_id) as account_count
    from wanted
    left join shared_facts on shared_facts.kind = wanted.kind and shared_facts.value = wanted.value
    group by wanted.kind, wanted.value, wanted.contact_count
)
select
    facts.party_id, facts.is_account, facts.kind, facts.value, shares.account_count,
    -- A domain that many contacts share (a bookkeeper's, a provider's) says as little as one that many accounts share.
    log2($population / greatest(shares.account_count, shares.contact_count, 1)) as bits
from (
    select party_id, false as is_account, kind, value from contact_facts
    union all
    select party_id, true, kind, value from shared_facts
) as facts
join shares on shares.kind = facts.kind and shares.value = facts.value;
