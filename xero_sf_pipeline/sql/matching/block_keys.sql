-- What two records must share to be compared at all. Grain: one row per party and key.
-- A key is used only if at most $block_size accounts have it: what more share is too common to lead anywhere alone.
-- rule_rank: 1 is the strongest reason to compare.
create or replace temp table block_keys as
with contact_words as (
    -- The words an account would have: the contact's own and those it may have been mistyped or shortened from.
    select name_words.party_id, words.word_id as own_word_id, near_words.account_word_id as word_id
    from name_words
    join words using (word)
    join near_words on near_words.contact_word_id = words.word_id
    where not name_words.is_account
),
account_words as (
    select name_words.party_id, words.word_id, words.account_count
    from name_words
    join words using (word)
    where name_words.is_account and words.contact_count + words.account_count > 0
),
contact_keys as (
    select party_id, rule_rank, hash(rule_rank, key) as key
    from (
        select party_id, case kind when 'account_number' then 1 when 'tax_number' then 2 when 'email' then 3
                                   when 'email_domain' then 4 when 'phone' then 5 else 9 end as rule_rank,
               hash(value) as key
        from party_facts where not is_account
        union all
        select party_id, 6, hash(joined_name) from party_names where not is_account
        union all
        select contact_words.party_id, 7, hash(party_facts.value, contact_words.word_id)
        from contact_words
        join party_facts on party_facts.party_id = contact_words.party_id and party_facts.kind = 'email_domain'
        union all
        select party_id, 8, hash(postcode, street_number) from parties
        where not is_account and postcode is not null and street_number is not null
        union all
        select party_id, 10, hash(word_id) from contact_words
        union all
        select one.party_id, 11, hash(least(one.word_id, two.word_id), greatest(one.word_id, two.word_id))
        from contact_words as one
        join contact_words as two on two.party_id = one.party_id and two.own_word_id > one.own_word_id
        union all
        select contact_words.party_id, 12, hash(parties.postcode_area, contact_words.word_id)
        from contact_words join parties on parties.party_id = contact_words.party_id
        where parties.postcode_area is not null
        union all
        select contact_words.party_id, 13, hash(parties.city_text, contact_words.word_id)
        from contact_words join parties on parties.party_id = contact_words.party_id
        where parties.city_text is not null
    )
),
account_keys as (
    select party_id, hash(rule_rank, key) as key
    from (
        select party_id, case kind when 'account_number' then 1 when 'tax_number' then 2 when 'email' then 3
                                   when 'email_domain' then 4 when 'phone' then 5 else 9 end as rule_rank,
               hash(value) as key
        from party_facts where is_account
        union all
        select party_id, 6, hash(joined_name) from party_names where is_account
        union all
        select account_words.party_id, 7, hash(party_facts.value, account_words.word_id)
        from account_words
        join party_facts on party_facts.party_id = account_words.party_id and party_facts.kind = 'email_domain'
        where party_facts.account_count > $block_size
        union all
        select party_id, 8, hash(postcode, street_number) from parties
        where is_account and postcode is not null and street_number is not null
        union all
        select party_id, 10, hash(word_id) from account_words where account_count <= $block_size
        union all
        select one.party_id, 11, hash(one.word_id, two.word_id)
        from account_words as one
        join account_words as two on two.party_id = one.party_id and two.word_id > one.word_id
        where one.account_count > $block_size and two.account_count > $block_size
        union all
        select account_words.party_id, 12, hash(parties.postcode_area, account_words.word_id)
        from account_words join parties on parties.party_id = account_words.party_id
        where parties.postcode_area is not null and account_words.account_count > $block_size
        union all
        select account_words.party_id, 13, hash(parties.city_text, account_words.word_id)
        from account_words join parties on parties.party_id = account_words.party_id
        where parties.city_text is not null and account_words.account_count > $block_size
    )
    where hash(rule_rank, key) in (select key from contact_keys)
),
usable as (
    select key from account_keys group by key having count(*) <= $block_size
)
select party_id, false as is_account, rule_rank, key from contact_keys where key in (select key from usable)
union all
select party_id, true, null, key from account_keys where key in (select key from usable);
