-- How far the names of a pair agree, word by word. Grain: one row per pair that shares a word.
-- agreed_bits: weight of the words both have; *_missing_bits: weight of the words only one side has.
create or replace temp table pair_names as
with contact_words as materialized (
    select name_words.party_id, words.word_id, words.bits, near_words.account_word_id, near_words.similarity
    from name_words
    join words using (word)
    join near_words on near_words.contact_word_id = words.word_id
    where not name_words.is_account
),
-- Materialised, so that common words are never joined with each other before the pairs narrow them down.
pair_words as materialized (
    select pair.contact_id, pair.account_id, words.word_id, words.bits
    from candidate_pairs as pair
    join name_words on name_words.party_id = pair.account_id
    join words on words.word = name_words.word
),
shared_words as (
    select
        account.contact_id, account.account_id, contact.word_id,
        max(contact.similarity) as similarity,
        any_value(contact.bits) as contact_bits,
        -- Of equally similar words the rarer, whatever the order of rows.
        arg_max(account.bits, 1000 * contact.similarity + account.bits) as account_bits
    from pair_words as account
    join contact_words as contact
        on contact.party_id = account.contact_id and contact.account_word_id = account.word_id
    group by account.contact_id, account.account_id, contact.word_id
)
select
    contact_id, account_id,
    sum(similarity * account_bits) as agreed_bits,
    sum(contact_bits) as contact_agreed_bits,
    sum(account_bits) as account_agreed_bits
from shared_words
group by contact_id, account_id;
