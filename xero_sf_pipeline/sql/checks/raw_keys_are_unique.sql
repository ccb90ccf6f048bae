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
)
select table_name, record_key, count(*) as current_versions from keys group by all having count(*) > 1 order by all
