-- The street address of every shortlisted party as words, abbreviations in one spelling. Grain: one row per party.
create or replace temp table streets as
with abbreviations as (
    select unnest($abbreviation_spellings) as spelling, unnest($abbreviation_words) as written_out
),
typed as (
    select party_id, unnest(words) as word, generate_subscripts(words, 1) as place
    from (select party_id, string_split(plain_text(street), ' ') as words from parties
          where street is not null
            and party_id in (select contact_id from shortlist union all select account_id from shortlist))
)
select
    party_id,
    list(coalesce(abbreviations.written_out, typed.word) order by place) as words,
    string_agg(coalesce(abbreviations.written_out, typed.word), ' ' order by place) as street,
    regexp_matches(string_agg(typed.word, ' ' order by place), '\b(po box|p o box|private bag|gpo box)\b') as is_post_box
from typed
left join abbreviations on abbreviations.spelling = typed.word
where typed.word <> ''
group by party_id;
