-- The best candidates of every contact with every term of their score.
-- Grain: one row per contact and account. Key: contact_key, sf_account_id. score is the sum of the terms' points.
create or replace table matching.candidates as
with ranked as (
    select
        scored_pairs.*, contact.party_key as contact_key, account.party_key as sf_account_id,
        row_number() over (partition by contact_id order by score desc, account.party_key)::integer as candidate_rank
    from scored_pairs
    join parties as contact on contact.party_id = scored_pairs.contact_id
    join parties as account on account.party_id = scored_pairs.account_id
    where score >= $lowest_score or rule_rank = 0
    qualify candidate_rank <= $candidates_kept or rule_rank = 0
),
described as (
    select
        ranked.*,
        contact.email as contact_email, contact_source.phone as contact_phone, account_source.phone as account_phone,
        contact.account_number as contact_account_number, account.account_number as account_account_number,
        contact.person_name, contact.party_name as contact_name, account.party_name as account_name,
        contact.legal_form as contact_legal_form, account.legal_form as account_legal_form,
        contact_source.postal_code as contact_postcode, account_source.postal_code as account_postcode,
        contact_source.street as contact_street, account_source.street as account_street,
        contact_source.city as contact_city, account_source.city as account_city,
        contact_source.country as contact_country, account_source.country as account_country
    from ranked
    join parties as contact on contact.party_id = ranked.contact_id
    join parties as account on account.party_id = ranked.account_id
    join core.contacts as contact_source on contact_source.contact_key = ranked.contact_key
    join core.accounts as account_source on account_source.sf_account_id = ranked.sf_account_id
),
explained as (
    select
        *,
        list_filter([
            {'term': 'prior', 'points': points_prior, 'contact_value': null::varchar, 'account_value': null::varchar,
             'note': 'any account, before looking'},
            {'term': 'name', 'points': points_name, 'contact_value': contact_name, 'account_value': account_name,
             'note': case when is_name_equal then 'equal name' when name_similarity >= 0.8 then 'nearly equal name'
                          when name_similarity >= 0.5 then 'similar name' else 'few words of the name in common' end},
            {'term': 'name_difference', 'points': points_name_difference, 'contact_value': contact_name,
             'account_value': account_name, 'note': 'words that only one name has'},
            {'term': 'legal_form', 'points': points_legal_form, 'contact_value': contact_legal_form,
             'account_value': account_legal_form,
             'note': if(points_legal_form > 0, 'same legal form', 'other legal form')},
            {'term': 'account_number', 'points': points_account_number, 'contact_value': contact_account_number,
             'account_value': account_account_number, 'note': concat('same account number ', account_account_number)},
            {'term': 'tax_number', 'points': points_tax_number, 'contact_value': tax_number,
             'account_value': account_account_number, 'note': concat('same tax or company number ', tax_number)},
            {'term': 'email', 'points': points_email, 'contact_value': contact_email, 'account_value': contact_email,
             'note': concat('e-mail ', contact_email, ' belongs to a person of the account')},
            {'term': 'email_domain', 'points': points_email_domain, 'contact_value': email_domain,
             'account_value': email_domain,
             'note': if(points_email_domain > 0, concat('same e-mail domain ', email_domain), 'other e-mail domain')},
            {'term': 'phone', 'points': points_phone, 'contact_value': contact_phone, 'account_value': account_phone,
             'note': if(points_phone > 0, 'same telephone number', 'other telephone number')},
            {'term': 'person', 'points': points_person, 'contact_value': person_name, 'account_value': person_name,
             'note': 'a person of the account has the same name'},
            {'term': 'postcode', 'points': points_postcode, 'contact_value': contact_postcode,
             'account_value': account_postcode,
             'note': case when is_postcode_equal then concat('same postcode ', account_postcode)
                          when points_postcode > 0 then 'neighbouring postcode' else 'other postcode' end},
            {'term': 'street', 'points': points_street, 'contact_value': contact_street, 'account_value': account_street,
             'note': if(points_street > 0, 'same street address', 'other street address')},
            {'term': 'city', 'points': points_city, 'contact_value': contact_city, 'account_value': account_city,
             'note': if(points_city > 0, concat('same city ', account_city), 'other city')},
            {'term': 'country', 'points': points_country, 'contact_value': contact_country,
             'account_value': account_country, 'note': 'other country'}
        ], lambda term: term.points <> 0) as terms
    from described
)
select
    contact_key, sf_account_id,
    ['established', 'account_number', 'tax_number', 'email', 'email_domain', 'phone', 'name', 'email_domain_and_word',
     'postcode_and_street_number', 'person', 'word', 'two_words', 'postcode_area_and_word', 'city_and_word'][rule_rank + 1]
        as blocking_rule,
    score,
    1 / (1 + pow(2, -score)) as probability,
    terms::struct(term varchar, points double, contact_value varchar, account_value varchar, note varchar)[] as terms,
    candidate_rank
from explained
order by contact_key, candidate_rank;
