-- Contacts and accounts in one shape, normalised, so that every rule is written once.
-- Grain: one row per contact that speaks for itself and may need an account, and per living account. Key: party_id.
create or replace temp table parties as
with legal_forms as (
    select unnest($legal_form_spellings) as spelling, unnest($legal_form_names) as legal_form
),
countries as (
    select unnest($country_spellings) as spelling, unnest($country_codes) as country_code
),
gathered as (
    select
        false as is_account, contact.contact_key as party_key, contact.contact_name as party_name,
        concat_ws(' ', contact.first_name, contact.last_name) as person_name,
        contact.account_number, contact.tax_number, contact.company_number,
        contact.email, contact.phone, contact.website,
        contact.street, contact.city, contact.postal_code, contact.country
    from core.contacts as contact
    join contact_resolution as resolution on resolution.contact_key = contact.contact_key
    where resolution.resolved_contact_key = contact.contact_key
      and (
          contact.contact_key in (select contact_key from established_links)
          or not (
              ($ignore_archived and coalesce(contact.contact_status, 'ACTIVE') <> 'ACTIVE')
              or ($ignore_suppliers and contact.is_supplier
                  and not coalesce(contact.is_customer, false) and not coalesce(contact.has_sales_documents, false))
          )
      )
    union all
    select
        true, account.sf_account_id, account.account_name, null,
        account.account_number, null, null,
        null, account.phone, account.website,
        account.street, account.city, account.postal_code, account.country
    from core.accounts as account
    where not account.is_deleted
),
numbered as materialized (
    -- Numbering reads rows one after the other; what follows runs on all processors.
    select row_number() over ()::integer as party_id, * from gathered
),
cities as (
    -- Few cities and countries recur in many records: each spelling is normalised once.
    select city, nullif(plain_text(city), '') as city_text from (select distinct city from numbered)
),
known_countries as (
    select given.country, countries.country_code
    from (select distinct country from numbered) as given
    join countries on countries.spelling = plain_text(given.country)
),
spelled as (
    select
        *,
        plain_text(party_name) as name_text,
        plain_code(postal_code) as postcode
    from numbered
),
stripped as (
    select *, regexp_replace(name_text, $trailing_legal_forms, '') as name_core
    from spelled
)
select
    party_id, is_account, party_key, party_name, nullif(plain_text(person_name), '') as person_name,
    plain_code(account_number) as account_number, plain_code(tax_number) as tax_number,
    plain_code(company_number) as company_number,
    plain_email(email) as email, phone_digits(phone) as phone, website_host(website) as website_host,
    -- Without spaces, so that 'Blue Sky' equals 'Bluesky'.
    name_core, replace(name_core, ' ', '') as joined_name, legal_forms.legal_form,
    postcode,
    -- British postcodes: all but the last three characters; elsewhere the first three digits name the area.
    case when regexp_matches(postcode, '^[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}$') then left(postcode, length(postcode) - 3)
         else left(postcode, 3) end as postcode_area,
    cities.city_text, street,
    nullif(regexp_extract(lower(street), '\b([0-9]+[a-z]?)\b', 1), '') as street_number,
    known_countries.country_code
from stripped
left join legal_forms on legal_forms.spelling = trim(substr(name_text, length(name_core) + 1))
left join cities on cities.city = stripped.city
left join known_countries on known_countries.country = stripped.country;
