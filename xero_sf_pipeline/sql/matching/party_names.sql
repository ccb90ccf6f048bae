-- The comparable name of every party as a whole. Grain: one row per party. Key: party_id.
create or replace temp table party_names as
select
    name_words.party_id,
    any_value(name_words.is_account) as is_account,
    array_to_string(list_sort(list(name_words.word)), ' ') as sorted_name,
    string_agg(name_words.word, '' order by name_words.place, name_words.word) as joined_name,
    sum(words.bits) as bits,
    count(*) as word_count
from name_words
join words using (word)
group by name_words.party_id;
