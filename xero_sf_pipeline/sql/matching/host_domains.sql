-- The registrable domain of every host name, each worked out once. Grain: one row per host. Key: host.
create or replace temp table host_domains as
select host, registrable_domain(host) as domain from (select distinct host from party_hosts);
