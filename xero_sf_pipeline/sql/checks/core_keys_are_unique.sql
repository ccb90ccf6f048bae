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
    union all
    select 'core.quotes', quote_key from core.quotes
    union all
    select 'core.quote_lines', quote_key || ' line ' || line_number from core.quote_lines
    union all
    select 'core.items', item_key from core.items
    union all
    select 'core.ledger_accounts', tenant_id || ':' || xero_account_id from core.ledger_accounts
    union all
    select 'core.tax_rates', tenant_id || ':' || tax_type from core.tax_rates
    union all
    select 'core.tracking_options', tenant_id || ':' || xero_tracking_option_id from core.tracking_options
    union all
    select 'core.currencies', tenant_id || ':' || currency_code from core.currencies
    union all
    select 'core.opportunity_lines', sf_opportunity_line_id from core.opportunity_lines
    union all
    select 'core.products', sf_product_id from core.products
    union all
    select 'core.prices', sf_pricebook_entry_id from core.prices
    union all
    select 'core.tasks', sf_task_id from core.tasks
    union all
    select 'core.xero_invoices', sf_xero_invoice_id from core.xero_invoices
    union all
    select 'core.currency_types', currency_code from core.currency_types
    union all
    select 'core.account_links', contact_key from core.account_links
)
select table_name, record_key, count(*) as row_count from keys group by all having count(*) > 1 order by all
