-- The best candidate of every contact, the nearest rival and what the evidence amounts to.
-- Grain: one row per contact with a candidate. Key: contact_key.
create or replace temp table contact_leads as
with ordered as (
    select
        candidate.contact_key, candidate.sf_account_id, candidate.score, candidate.terms, candidate.candidate_rank,
        lead(candidate.sf_account_id) over by_rank as next_sf_account_id,
        lead(candidate.score) over by_rank as next_score
    from matching.candidates as candidate
    window by_rank as (partition by candidate.contact_key order by candidate.candidate_rank)
)
select
    ordered.contact_key, ordered.sf_account_id, ordered.score,
    ordered.next_sf_account_id as rival_sf_account_id,
    round(ordered.score - ordered.next_score, 2) as margin,
    -- With two independent facts in common it is enough that one name contains the other.
    if(scored.fact_count >= 2, greatest(scored.name_similarity, scored.name_containment), scored.name_similarity)
        as name_similarity,
    case when scored.points_account_number > 0 then 'account_number'
         when scored.points_tax_number > 0 then 'tax_number'
         when scored.points_email > 0 or scored.points_email_domain > 0 then 'email_domain_name'
         when scored.is_postcode_equal then 'name_postcode'
         else 'fuzzy' end as method
from ordered
join parties as contact on not contact.is_account and contact.party_key = ordered.contact_key
join parties as account on account.is_account and account.party_key = ordered.sf_account_id
join scored_pairs as scored on scored.contact_id = contact.party_id and scored.account_id = account.party_id
where ordered.candidate_rank = 1;
