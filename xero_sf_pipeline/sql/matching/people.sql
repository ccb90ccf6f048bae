-- The people of living accounts, normalised once. Grain: one row per Salesforce contact with an account.
create or replace temp table people as
select
    parties.party_id, plain_email(person.email) as email, phone_digits(person.phone) as phone,
    plain_text(person.full_name) as full_name
from core.people as person
join parties on parties.is_account and parties.party_key = person.sf_account_id;
