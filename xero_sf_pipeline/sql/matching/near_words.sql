-- Which word of an account name may be meant by a word of a contact name.
-- Grain: one row per contact word and account word. similarity: 1 equal, less for a typing error or a shortened word.
create or replace temp table near_words as
with contact_words as (
    select word_id, word, account_count, is_number from words where contact_count > 0
),
account_words as (
    select word_id, word, is_number from words where account_count > 0
),
spellings as (
    -- Every word and every word with one letter left out: two words one typing error apart share at least one of these.
    select word_id, true as of_contact, word as spelling from contact_words where length(word) >= 4
    union all
    select word_id, false, word from account_words where length(word) >= 4
    union all
    select word_id, true, substr(word, 1, letter - 1) || substr(word, letter + 1)
    from (select word_id, word, unnest(range(1, length(word) + 1)) as letter from contact_words
          where length(word) >= 4 and not is_number)
    union all
    select word_id, false, substr(word, 1, letter - 1) || substr(word, letter + 1)
    from (select word_id, word, unnest(range(1, length(word) + 1)) as letter from account_words
          where length(word) >= 4 and not is_number)
),
mistyped as (
    select distinct contact.word_id as contact_word_id, account.word_id as account_word_id
    from spellings as contact
    join spellings as account on account.spelling = contact.spelling and not account.of_contact
    where contact.of_contact and contact.word_id <> account.word_id
),
shortened as (
    select contact.word_id as contact_word_id, account.word_id as account_word_id
    from contact_words as contact
    join (select word_id, word, left(word, cut) as beginning
          from (select word_id, word, unnest(range(3, length(word) - 1)) as cut from account_words)) as account
        on account.beginning = contact.word
    where not contact.is_number
    union
    select contact.word_id, account.word_id
    from account_words as account
    join (select word_id, word, left(word, cut) as beginning
          from (select word_id, word, unnest(range(3, length(word) - 1)) as cut from contact_words)) as contact
        on contact.beginning = account.word
    where not account.is_number
),
measured as (
    select
        contact_word_id, account_word_id,
        case
            when damerau_levenshtein(contact.word, account.word) = 1 and least(length(contact.word), length(account.word)) > 4
                then 0.85::double
            when damerau_levenshtein(contact.word, account.word) = 1 then 0.7::double
            when damerau_levenshtein(contact.word, account.word) = 2
                 and least(length(contact.word), length(account.word)) >= 8 then 0.7::double
        -- A spelling that other accounts use as a word of their own is more likely another word than a typing error.
        end * if(contact.account_count > 0, 0.7::double, 1::double) as similarity
    from mistyped
    join words as contact on contact.word_id = mistyped.contact_word_id
    join words as account on account.word_id = mistyped.account_word_id
    where not contact.is_number and not account.is_number
    union all
    select contact_word_id, account_word_id, 0.6::double from shortened
    union all
    select word_id, word_id, 1::double from contact_words where account_count > 0
)
select contact_word_id, account_word_id, max(similarity) as similarity
from measured
where similarity is not null
group by contact_word_id, account_word_id;
