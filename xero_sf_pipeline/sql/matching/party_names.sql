-- The comparable name of every party as a whole. Grain: one row per party. Key: party_id.
create or replace temp table party_names as
with gathered as (
    select
        name_words.party_id,
        list(name_words.word) as words,
        -- Numbers in a name must be equal ('Unit 4', 'Unit 5'), however alike the letters are.
        list(name_words.word) filter (where words.is_number) as numbers,
        sum(words.bits) as bits
    from name_words
    join words on words.word = name_words.word
    group by name_words.party_id
)
select
    parties.party_id, parties.is_account, parties.joined_name,
    array_to_string(list_sort(gathered.words), ' ') as sorted_name,
    array_to_string(list_sort(gathered.numbers), ' ') as numbers,
    gathered.bits
from gathered
join parties on parties.party_id = gathered.party_id;
