-- Grain: one row per record whose name or number holds the typed text, or that is spelled nearly alike; at most ten.
with named as (
    select 'invoice' as kind, invoice_number as record_name from seen_core_invoices
    union all select 'contact', contact_name from seen_core_contacts
    union all select 'account', account_name from seen_core_accounts
    union all select 'opportunity', opportunity_name from seen_core_opportunities
    union all select 'case', case_number from seen_core_cases
)
select distinct kind, record_name, jaro_winkler_similarity(lower(record_name), lower($key)) as likeness
from named
where record_name is not null
    and (contains(lower(record_name), lower($key)) or jaro_winkler_similarity(lower(record_name), lower($key)) > 0.92)
order by likeness desc, record_name, kind
limit 10
