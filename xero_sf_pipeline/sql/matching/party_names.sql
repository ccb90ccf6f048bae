-- The comparable name of every party as a whole. Grain: one row per party. Key: party_id.
create or replace temp table party_names as
select
    name_words.party_id,
    any_value(name_words.is_account) as is_account,
    array_to_string(list_sort(list(name_words.word)), ' ') as sorted_name,
    string_agg(name_words.word, '' order by name_words.place, name_words.word) as joined_name,
    -- Numbers in a name must be equal ('Unit 4', 'Unit 5'), however alike the letters are.
    array_to_string(list_sort(list(name_words.word) filter (where regexp_matches(name_words.word, '[0-9]'))), ' ') as numbers,
    sum(words.bits) as bits
from name_words
join words using (word)
group by name_words.party_id;
