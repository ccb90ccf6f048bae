-- How far the names of a pair agree, word by word. Grain: one row per pair that shares a word.
-- agreed_bits: weight of the words both have; *_missing_bits: weight of the words only one side has.
create or replace temp table pair_names as
with contact_words as (
    select name_words.party_id, words.word_id, words.bits, near_words.account_word_id, near_words.similarity
    from name_words
    join words using (word)
    join near_words on near_words.contact_word_id = words.word_id
    where not name_words.is_account
),
account_words as (
    select name_words.party_id, words.word_id, words.bits
    from name_words
    join words using (word)
    where name_words.is_account
),
shared_words as (
    select
        pair.contact_id, pair.account_id, contact.word_id,
        max(contact.similarity) as similarity,
        any_value(contact.bits) as contact_bits,
        arg_max(account.bits, contact.similarity) as account_bits
    from candidate_pairs as pair
    join contact_words as contact on contact.party_id = pair.contact_id
    join account_words as account on account.party_id = pair.account_id and account.word_id = contact.account_word_id
    group by pair.contact_id, pair.account_id, contact.word_id
)
select
    contact_id, account_id,
    sum(similarity * account_bits) as agreed_bits,
    sum(contact_bits) as contact_agreed_bits,
    sum(account_bits) as account_agreed_bits
from shared_words
group by contact_id, account_id;
