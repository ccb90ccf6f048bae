-- Grain of an offender: one per (table, key) that occurs more than once.
with keys as (
    select 'core.organisations' as table_name, tenant_id as record_key from core.organisations
    union all
    select 'core.contacts', contact_key from core.contacts
    union all
    select 'core.invoices', invoice_key from core.invoices
    union all
    select 'core.invoice_lines', invoice_key || ' line ' || line_number from core.invoice_lines
    union all
    select 'core.payments', payment_key from core.payments
    union all
    select 'core.credits', credit_key from core.credits
    union all
    select 'core.credit_applications', application_key from core.credit_applications
    union all
    select 'core.accounts', sf_account_id from core.accounts
    union all
    select 'core.people', sf_contact_id from core.people
    union all
    select 'core.users', sf_user_id from core.users
    union all
    select 'core.cases', sf_case_id from core.cases
    union all
    select 'core.opportunities', sf_opportunity_id from core.opportunities
    union all
    select 'core.xero_contacts', sf_xero_contact_id from core.xero_contacts
)
select table_name, record_key, count(*) as row_count from keys group by all having count(*) > 1 order by all
