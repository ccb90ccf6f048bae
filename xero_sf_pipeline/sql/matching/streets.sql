-- The street address of every shortlisted party as words, abbreviations in one spelling. Grain: one row per party.
create or replace temp table streets as
with typed as (
    select party_id, plain_text(street) as street_text
    from parties
    where street is not null
      and party_id in (select contact_id from shortlist union all select account_id from shortlist)
),
written_out as (
    select
        party_id, street_text,
        list_transform(
            string_split(street_text, ' '),
            lambda word: coalesce(map($abbreviation_spellings, $abbreviation_words)[word], word)) as words
    from typed
)
select
    party_id, words, array_to_string(words, ' ') as street,
    regexp_matches(street_text, '\b(po box|p o box|private bag|gpo box)\b') as is_post_box
from written_out
where street_text <> '';
