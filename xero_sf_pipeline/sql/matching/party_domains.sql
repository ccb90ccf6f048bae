-- The domains that a party is known to use: e-mail and website, free-mail providers left out.
-- Grain: one row per party and domain. Key: party_id, domain.
create or replace temp table party_domains as
with gathered as (
    select party_id, is_account, registrable_domain(regexp_extract(email, '@(.+)$', 1)) as domain
    from parties where not is_account and email is not null
    union all
    select party_id, is_account, website_domain from parties where website_domain is not null
    union all
    select parties.party_id, true, registrable_domain(lower(trim(listed.domain)))
    from (select sf_account_id, unnest(email_domains) as domain from core.accounts) as listed
    join parties on parties.is_account and parties.party_key = listed.sf_account_id
    union all
    select parties.party_id, true, registrable_domain(regexp_extract(plain_email(person.email), '@(.+)$', 1))
    from core.people as person
    join parties on parties.is_account and parties.party_key = person.sf_account_id
)
select distinct party_id, is_account, domain
from gathered
where domain is not null and not list_contains($free_mail_domains, domain);
