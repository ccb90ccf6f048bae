-- The words of every party's name: abbreviations written out, legal forms and filler words left out.
-- Grain: one row per party and distinct word. Key: party_id, word.
create or replace temp table name_words as
with abbreviations as (
    select unnest($abbreviation_spellings) as spelling, unnest($abbreviation_words) as written_out
),
typed as (
    select party_id, is_account, unnest(string_split(name_core, ' ')) as word
    from parties
),
marked as (
    select party_id, is_account, coalesce(abbreviations.written_out, typed.word) as word,
           list_contains($filler_words, typed.word) as is_filler
    from typed
    left join abbreviations on abbreviations.spelling = typed.word
    where typed.word <> ''
)
select party_id, is_account, word
from marked
group by party_id, is_account, word
having not bool_and(is_filler)
union all
-- A name of nothing but filler words keeps them: 'The The'.
select party_id, any_value(is_account), min(word)
from marked
group by party_id
having bool_and(is_filler);
