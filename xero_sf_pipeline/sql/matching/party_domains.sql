-- The domains that a party is known to use; free-mail providers left out.
-- Grain: one row per party and domain. Key: party_id, domain.
create or replace temp table party_domains as
select distinct party_hosts.party_id, party_hosts.is_account, host_domains.domain
from party_hosts
join host_domains on host_domains.host = party_hosts.host
where host_domains.domain is not null and not list_contains($free_mail_domains, host_domains.domain);
