-- Grain: one row per live Xero_Invoice__c record as last read. Key: document_key, an invoice_key or a credit_key.
-- Amounts are in currency_code. mapped_fields: further fields that the policy names.
create or replace table core.xero_invoices as
select
    document_key,
    sf_xero_invoice_id,
    document_number,
    sf_account_id,
    sf_opportunity_id,
    document_type,
    document_status,
    currency_code,
    reference,
    issued_on,
    due_on,
    fully_paid_on,
    last_payment_on,
    amount_total,
    amount_tax,
    amount_due,
    amount_paid,
    amount_credited,
    amount_last_payment,
    organisation_name,
    xero_url,
    as_of_at,
    mapped_fields,
    updated_at
from raw_salesforce.xero_invoices_current
where not is_deleted and document_key is not null
qualify row_number() over (partition by document_key order by updated_at desc, sf_xero_invoice_id) = 1;
