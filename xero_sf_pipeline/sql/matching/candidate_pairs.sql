-- The pairs that are compared. Grain: one row per contact and account. Key: contact_id, account_id (both party_id).
-- is_found: a shared key leads to the pair, so that it would be compared without an existing link too.
-- Pairs that a person rejected are left out here, so that no later step can bring them back.
create or replace temp table candidate_pairs as
with rejected as (
    select contact.party_id as contact_id, account.party_id as account_id
    from standing_decisions as decision
    join parties as contact on not contact.is_account and contact.party_key = decision.contact_key
    join parties as account on account.is_account and account.party_key = decision.sf_account_id
    where decision.decision = 'rejected'
),
paired as (
    select contact.party_id as contact_id, account.party_id as account_id, contact.rule_rank
    from block_keys as contact
    join block_keys as account on account.key = contact.key and account.is_account
    where not contact.is_account
    union all
    select contact.party_id, account.party_id, 0
    from established_links
    join parties as contact on not contact.is_account and contact.party_key = established_links.contact_key
    join parties as account on account.is_account and account.party_key = established_links.live_sf_account_id
)
select contact_id, account_id, min(rule_rank) as rule_rank, max(rule_rank) > 0 as is_found
from paired
where not exists (
    select 1 from rejected where rejected.contact_id = paired.contact_id and rejected.account_id = paired.account_id
)
group by contact_id, account_id;
