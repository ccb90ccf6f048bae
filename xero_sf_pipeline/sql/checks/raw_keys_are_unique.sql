-- Grain of an offender: one per (table, key) that has more than one current version.
with keys as (
    select 'raw_xero.organisation' as table_name, tenant_id || ':' || xero_organisation_id as record_key
    from raw_xero.organisation where known_to is null
    union all
    select 'raw_xero.contacts', tenant_id || ':' || xero_contact_id from raw_xero.contacts where known_to is null
    union all
    select 'raw_xero.invoices', tenant_id || ':' || xero_invoice_id from raw_xero.invoices where known_to is null
    union all
    select 'raw_xero.credit_notes', tenant_id || ':' || xero_credit_note_id from raw_xero.credit_notes where known_to is null
    union all
    select 'raw_xero.payments', tenant_id || ':' || xero_payment_id from raw_xero.payments where known_to is null
    union all
    select 'raw_xero.overpayments', tenant_id || ':' || xero_overpayment_id from raw_xero.overpayments where known_to is null
    union all
    select 'raw_xero.prepayments', tenant_id || ':' || xero_prepayment_id from raw_xero.prepayments where known_to is null
    union all
    select 'raw_xero.quotes', tenant_id || ':' || xero_quote_id from raw_xero.quotes where known_to is null
    union all
    select 'raw_xero.items', tenant_id || ':' || xero_item_id from raw_xero.items where known_to is null
    union all
    select 'raw_xero.accounts', tenant_id || ':' || xero_account_id from raw_xero.accounts where known_to is null
    union all
    select 'raw_xero.tax_rates', tenant_id || ':' || tax_type from raw_xero.tax_rates where known_to is null
    union all
    select 'raw_xero.tracking_categories', tenant_id || ':' || xero_tracking_category_id from raw_xero.tracking_categories where known_to is null
    union all
    select 'raw_xero.currencies', tenant_id || ':' || currency_code from raw_xero.currencies where known_to is null
    union all
    select 'raw_salesforce.users', sf_user_id from raw_salesforce.users where known_to is null
    union all
    select 'raw_salesforce.accounts', sf_account_id from raw_salesforce.accounts where known_to is null
    union all
    select 'raw_salesforce.contacts', sf_contact_id from raw_salesforce.contacts where known_to is null
    union all
    select 'raw_salesforce.opportunities', sf_opportunity_id from raw_salesforce.opportunities where known_to is null
    union all
    select 'raw_salesforce.cases', sf_case_id from raw_salesforce.cases where known_to is null
    union all
    select 'raw_salesforce.xero_contacts', sf_xero_contact_id from raw_salesforce.xero_contacts where known_to is null
    union all
    select 'raw_salesforce.opportunity_lines', sf_opportunity_line_id from raw_salesforce.opportunity_lines where known_to is null
    union all
    select 'raw_salesforce.products', sf_product_id from raw_salesforce.products where known_to is null
    union all
    select 'raw_salesforce.pricebooks', sf_pricebook_id from raw_salesforce.pricebooks where known_to is null
    union all
    select 'raw_salesforce.pricebook_entries', sf_pricebook_entry_id from raw_salesforce.pricebook_entries where known_to is null
    union all
    select 'raw_salesforce.tasks', sf_task_id from raw_salesforce.tasks where known_to is null
    union all
    select 'raw_salesforce.xero_invoices', sf_xero_invoice_id from raw_salesforce.xero_invoices where known_to is null
    union all
    select 'raw_salesforce.currency_types', sf_currency_type_id from raw_salesforce.currency_types where known_to is null
)
select table_name, record_key, count(*) as current_versions from keys group by all having count(*) > 1 order by all
