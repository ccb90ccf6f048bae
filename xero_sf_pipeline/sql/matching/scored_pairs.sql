-- The evidence for and against every pair, in points (log2 odds). Grain: one row per pair. Key: contact_id, account_id.
-- An agreement is worth log2(1 / its share of accounts), bounded; a disagreement costs a fixed price; unknown costs nothing.
-- least() skips nulls, hence coalesce inside it. score is exactly the sum of the rounded points_* columns.
create or replace temp table scored_pairs as
with postcode_shares as (
    select postcode, log2($population / count(*)) as bits
    from parties where is_account and postcode is not null group by postcode
),
city_shares as (
    select city_text, log2($population / count(*)) as bits
    from parties where is_account and city_text is not null group by city_text
),
name_shares as (
    select joined_name, log2($population / count(*)) as bits from party_names where is_account group by joined_name
),
known_domains as (
    select distinct party_id from party_domains
),
compared as (
    select
        pair.contact_id, pair.account_id, pair.rule_rank,
        pair.is_name_equal, name_shares.bits as name_bits,
        contact_name.bits as contact_bits, account_name.bits as account_bits, pair.agreed_bits,
        greatest(pair.missing_bits - coalesce(places.place_bits, 0), 0) as missing_bits,
        -- How alike the names are as whole strings: catches split words and several errors in one word.
        case when pair.is_name_equal then 1
             when contact_name.numbers is not distinct from account_name.numbers
             then greatest(jaro_winkler_similarity(contact_name.joined_name, account_name.joined_name) - 0.88, 0) / 0.12
             else 0 end as whole_share,
        case when contact.legal_form = account.legal_form then 1
             when contact.legal_form <> account.legal_form then -1 else 0 end as legal_form,
        facts.account_number_bits, facts.tax_number_bits, facts.email_bits, facts.email_domain_bits,
        facts.phone_bits, facts.person_bits,
        facts.email_domain, facts.tax_number,
        contact_domain.party_id is not null and account_domain.party_id is not null as has_both_domains,
        contact.phone is not null and account.phone is not null as has_both_phones,
        contact.postcode = account.postcode as is_postcode_equal,
        contact.postcode_area = account.postcode_area as is_area_equal,
        postcode_shares.bits as postcode_bits,
        contact.city_text = account.city_text
            or jaro_winkler_similarity(contact.city_text, account.city_text) >= 0.93
            -- 'New York' and 'New York City', 'Newcastle' and 'Newcastle upon Tyne'; not 'York' and 'New York'.
            or starts_with(contact.city_text, account.city_text || ' ')
            or starts_with(account.city_text, contact.city_text || ' ') as is_city_equal,
        city_shares.bits as city_bits,
        case
            when contact_street.street = account_street.street then true
            when contact_street.street is null or account_street.street is null
                 or contact_street.is_post_box or account_street.is_post_box then null
            -- One side often adds a building, a unit or a cross street: all words of the shorter address must be there.
            when least(len(contact_street.words), len(account_street.words)) >= 2
                 and (list_has_all(contact_street.words, account_street.words)
                      or list_has_all(account_street.words, contact_street.words)) then true
            when contact.street_number is null or account.street_number is null then null
            when contact.street_number <> account.street_number then false
            else jaro_winkler_similarity(contact_street.street, account_street.street) >= 0.92
        end as is_street_equal,
        contact.country_code <> account.country_code as is_country_different
    from shortlist as pair
    join parties as contact on contact.party_id = pair.contact_id
    join parties as account on account.party_id = pair.account_id
    join party_names as contact_name on contact_name.party_id = pair.contact_id
    join party_names as account_name on account_name.party_id = pair.account_id
    left join pair_facts as facts on facts.contact_id = pair.contact_id and facts.account_id = pair.account_id
    left join pair_places as places on places.contact_id = pair.contact_id and places.account_id = pair.account_id
    left join streets as contact_street on contact_street.party_id = pair.contact_id
    left join streets as account_street on account_street.party_id = pair.account_id
    left join known_domains as contact_domain on contact_domain.party_id = pair.contact_id
    left join known_domains as account_domain on account_domain.party_id = pair.account_id
    left join postcode_shares on postcode_shares.postcode = account.postcode
    left join city_shares on city_shares.city_text = account.city_text
    left join name_shares on name_shares.joined_name = account_name.joined_name
),
named as (
    select
        *,
        case when is_name_equal then account_bits
             else greatest(agreed_bits, whole_share * least(contact_bits, account_bits)) end as name_agreed_bits,
        case when is_name_equal then 0
             else least(missing_bits, (1 - whole_share) * (contact_bits + account_bits)) end as name_missing_bits
    from compared
),
weighed as (
    select
        contact_id, account_id, rule_rank, is_name_equal, email_domain, tax_number,
        coalesce(is_postcode_equal, false) as is_postcode_equal,
        coalesce(is_street_equal, false) as is_street_equal,
        coalesce(is_city_equal, false) as is_city_equal,
        is_area_equal, is_country_different,
        least(name_agreed_bits / greatest((contact_bits + account_bits) / 2, 0.01), 1) as name_similarity,
        -- 'Mifune' and 'Mifune Japan Center': all that the shorter name says is in the longer one.
        least(name_agreed_bits / greatest(least(contact_bits, account_bits), 0.01), 1) as name_containment,
        (account_number_bits is not null or tax_number_bits is not null)::integer
            + (email_bits is not null or email_domain_bits is not null)::integer + (phone_bits is not null)::integer
            + (coalesce(is_postcode_equal, false) or coalesce(is_street_equal, false))::integer as fact_count,
        round(-log2($population), 2) as points_prior,
        round(least(name_agreed_bits, name_bits + $w_name_max_over_prior)
              + if(is_name_equal, $w_name_equal::double, 0), 2) as points_name,
        round(-least($w_name_difference_share * name_missing_bits, $w_name_difference_max), 2) as points_name_difference,
        round(case legal_form when 1 then $w_legal_form_agrees when -1 then $w_legal_form_differs else 0 end, 2)
            as points_legal_form,
        round(least(coalesce(account_number_bits, 0), $w_identifier_max), 2) as points_account_number,
        round(least(coalesce(tax_number_bits, 0), $w_identifier_max), 2) as points_tax_number,
        round(least(coalesce(email_bits, 0), $w_email_max), 2) as points_email,
        round(case when email_domain_bits is not null and email_bits is null then least(email_domain_bits, $w_email_domain_max)
                   when email_domain_bits is null and email_bits is null and has_both_domains then $w_email_domain_differs
                   else 0 end, 2) as points_email_domain,
        round(case when phone_bits is not null then least(phone_bits, $w_phone_max)
                   when has_both_phones then $w_phone_differs else 0 end, 2) as points_phone,
        round(case when email_bits is null then least(coalesce(person_bits, 0), $w_person_max) else 0 end, 2) as points_person,
        round(case when is_postcode_equal then least(postcode_bits, $w_postcode_max)
                   when is_postcode_equal is null then 0
                   when is_area_equal then if(coalesce(is_city_equal, false), 0, $w_postcode_area)
                   when coalesce(is_street_equal, false) then $w_place_differs_softened
                   else $w_postcode_differs end, 2) as points_postcode,
        round(case when is_street_equal then $w_street_max
                   when not is_street_equal then $w_street_differs else 0 end, 2) as points_street,
        round(case when is_city_equal then
                       -- A postcode says its city already.
                       if(coalesce(is_postcode_equal, false), 0, least(coalesce(city_bits, 0), $w_city_max))
                   when is_city_equal is null then 0
                   when coalesce(is_postcode_equal, false) or coalesce(is_street_equal, false) then $w_place_differs_softened
                   else $w_city_differs end, 2) as points_city,
        round(if(coalesce(is_country_different, false), $w_country_differs, 0), 2) as points_country
    from named
)
select
    *,
    round(points_prior + points_name + points_name_difference + points_legal_form + points_account_number
          + points_tax_number + points_email + points_email_domain + points_phone + points_person + points_postcode
          + points_street + points_city + points_country, 2) as score
from weighed;
