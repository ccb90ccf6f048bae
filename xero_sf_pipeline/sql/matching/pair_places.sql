-- Words that one name has and the other party's city explains: 'Acme (Leeds)' beside Acme in Leeds differs in nothing.
-- Grain: one row per shortlisted pair with such words. place_bits: their weight, not to be counted as a difference.
create or replace temp table pair_places as
with cities as (
    select party_id, unnest(string_split(city_text, ' ')) as word
    from parties
    where city_text is not null and party_id in (select contact_id from shortlist union all select account_id from shortlist)
),
explained as (
    select pair.contact_id, pair.account_id, name.word
    from shortlist as pair
    join cities on cities.party_id = pair.account_id
    join name_words as name on name.party_id = pair.contact_id and name.word = cities.word
    where not pair.is_name_equal
      and not exists (select 1 from name_words as other where other.party_id = pair.account_id and other.word = name.word)
    union
    select pair.contact_id, pair.account_id, name.word
    from shortlist as pair
    join cities on cities.party_id = pair.contact_id
    join name_words as name on name.party_id = pair.account_id and name.word = cities.word
    where not pair.is_name_equal
      and not exists (select 1 from name_words as other where other.party_id = pair.contact_id and other.word = name.word)
)
select explained.contact_id, explained.account_id, sum(words.bits) as place_bits
from explained
join words using (word)
group by explained.contact_id, explained.account_id;
