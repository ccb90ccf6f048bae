-- The pairs worth the full comparison: a cheap upper estimate of their score, the best few per contact.
-- Grain: one row per pair. Key: contact_id, account_id. Keeps twice what is stored, ties included, so that the order is
-- settled by the full comparison and never by the order of rows.
create or replace temp table shortlist as
with estimated as (
    select
        pair.contact_id, pair.account_id, pair.rule_rank,
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
bounded as materialized (
    select
        contact_id, account_id, rule_rank, is_name_equal, agreed_bits, missing_bits,
        round(if(is_name_equal, account_bits,
                 agreed_bits - least($w_name_difference_share * missing_bits, $w_name_difference_max))
              + other_points - log2($population), 4) as estimate
    from estimated
    -- Two points of slack for what the estimate leaves out: legal form, neighbouring postcode.
    where rule_rank = 0 or estimate >= $lowest_score - 2
),
bars as (
    -- The estimate of the last place on the list, null when the list is shorter.
    select contact_id, max(estimate, 2 * $candidates_kept)[2 * $candidates_kept] as lowest_estimate
    from bounded
    group by contact_id
)
select bounded.contact_id, bounded.account_id, bounded.rule_rank, bounded.is_name_equal, bounded.agreed_bits,
       bounded.missing_bits
from bounded
join bars on bars.contact_id = bounded.contact_id
where bounded.rule_rank = 0 or bars.lowest_estimate is null or bounded.estimate >= bars.lowest_estimate;
