-- The pairs worth the full comparison: a cheap upper estimate of their score, the best few per contact.
-- Grain: one row per pair. Key: contact_id, account_id. Keeps twice what is stored, so that the order is settled later.
create or replace temp table shortlist as
with estimated as (
    select
        pair.contact_id, pair.account_id, pair.rule_rank, account.party_key,
        contact_name.joined_name = account_name.joined_name or contact_name.sorted_name = account_name.sorted_name
            as is_name_equal,
        coalesce(names.agreed_bits, 0) as agreed_bits,
        greatest(contact_name.bits - coalesce(names.contact_agreed_bits, 0), 0)
            + greatest(account_name.bits - coalesce(names.account_agreed_bits, 0), 0) as missing_bits,
        contact_name.bits as contact_bits, account_name.bits as account_bits,
        coalesce(facts.fact_bits, 0)
            + if(coalesce(contact.postcode = account.postcode, false), $w_postcode_max, 0)
            + if(coalesce(contact.city_text = account.city_text, false), $w_city_max, 0)
            + if(coalesce(contact.street_number = account.street_number, contact.street = account.street, false),
                 $w_street_max, 0) as other_points
    from candidate_pairs as pair
    join parties as contact on contact.party_id = pair.contact_id
    join parties as account on account.party_id = pair.account_id
    join party_names as contact_name on contact_name.party_id = pair.contact_id
    join party_names as account_name on account_name.party_id = pair.account_id
    left join pair_names as names on names.contact_id = pair.contact_id and names.account_id = pair.account_id
    left join pair_facts as facts on facts.contact_id = pair.contact_id and facts.account_id = pair.account_id
),
bounded as (
    select
        contact_id, account_id, rule_rank, party_key, is_name_equal, agreed_bits, missing_bits,
        if(is_name_equal, account_bits, agreed_bits - least($w_name_difference_share * missing_bits, $w_name_difference_max))
            + other_points - log2($population) as estimate
    from estimated
)
select contact_id, account_id, rule_rank, is_name_equal, agreed_bits, missing_bits
from bounded
-- Two points of slack for what the estimate leaves out: legal form, neighbouring postcode.
where estimate >= $lowest_score - 2 or rule_rank = 0
qualify row_number() over (partition by contact_id order by round(estimate, 4) desc, party_key)
        <= 2 * $candidates_kept
    or rule_rank = 0;
