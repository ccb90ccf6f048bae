-- How the score alone would have done on contacts whose answer is known already: confirmed by a person, stored as a link
-- in Salesforce, or known by a person to have no account. Grain: one row per such contact. Key: contact_key.
-- Stored links include those that an earlier run wrote from the score and nobody corrected since.
create or replace temp table known_pairs as
with known as (
    select contact_key, sf_account_id, method = 'human' as is_from_person
    from established_targets
    where sf_account_id is not null and not is_conflict
    union all
    select contact_key, null, true
    from standing_decisions
    where decision = 'create_new'
      and contact_key not in (select contact_key from established_targets where sf_account_id is not null)
),
found as (
    select contact.party_key as contact_key, account.party_key as sf_account_id
    from candidate_pairs
    join parties as contact on contact.party_id = candidate_pairs.contact_id
    join parties as account on account.party_id = candidate_pairs.account_id
    where candidate_pairs.is_found and contact.party_key in (select contact_key from known)
)
select
    known.contact_key, known.sf_account_id, known.is_from_person,
    found.contact_key is not null and lead.score >= $link_points and lead.name_similarity >= $name_similarity_min
        and coalesce(lead.margin >= $margin_points, true) as would_link,
    coalesce(lead.sf_account_id = known.sf_account_id, false) as is_right
from known
left join contact_leads as lead on lead.contact_key = known.contact_key
left join found on found.contact_key = lead.contact_key and found.sf_account_id = lead.sf_account_id;
