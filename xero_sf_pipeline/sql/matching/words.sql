-- How rare every word is among account names. Grain: one row per word. Key: word, word_id.
-- bits = log2(accounts / accounts with the word): what sharing the word is worth before it is bounded.
create or replace temp table words as
select
    row_number() over ()::integer as word_id,
    word,
    regexp_matches(word, '[0-9]') as is_number,
    count(*) filter (where is_account) as account_count,
    count(*) filter (where not is_account) as contact_count,
    log2($population / greatest(count(*) filter (where is_account), 1)) as bits
from name_words
group by word;
