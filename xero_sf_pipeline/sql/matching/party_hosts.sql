-- The host names that a party is known to use, from e-mail addresses and websites. Grain: one row per party and source.
create or replace temp table party_hosts as
select party_id, is_account, split_part(email, '@', 2) as host from parties where not is_account and email is not null
union all
select party_id, is_account, website_host from parties where website_host is not null
union all
select parties.party_id, true, lower(trim(listed.domain))
from (select sf_account_id, unnest(email_domains) as domain from core.accounts) as listed
join parties on parties.is_account and parties.party_key = listed.sf_account_id
union all
select party_id, true, split_part(email, '@', 2) from people where email is not null;
