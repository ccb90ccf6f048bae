-- Which rare values a pair shares. Grain: one row per pair that shares any; bits are those of the rarest shared value.
create or replace temp table pair_facts as
select
    pair.contact_id, pair.account_id,
    sum(contact.bits) as fact_bits,
    max(contact.bits) filter (where contact.kind = 'account_number') as account_number_bits,
    max(contact.bits) filter (where contact.kind = 'tax_number') as tax_number_bits,
    first(contact.value order by contact.bits desc, contact.value) filter (where contact.kind = 'tax_number') as tax_number,
    max(contact.bits) filter (where contact.kind = 'email') as email_bits,
    max(contact.bits) filter (where contact.kind = 'email_domain') as email_domain_bits,
    first(contact.value order by contact.bits desc, contact.value) filter (where contact.kind = 'email_domain') as email_domain,
    max(contact.bits) filter (where contact.kind = 'phone') as phone_bits,
    max(contact.bits) filter (where contact.kind = 'person') as person_bits
from candidate_pairs as pair
join party_facts as contact on contact.party_id = pair.contact_id
join party_facts as account
    on account.party_id = pair.account_id and account.kind = contact.kind and account.value = contact.value
group by pair.contact_id, pair.account_id;
