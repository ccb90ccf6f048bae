-- Grain: one row per credit note, overpayment or prepayment. Key: credit_key. Amounts are positive, in currency_code.
create or replace table core.credits as
select
    tenant_id || ':' || xero_credit_note_id as credit_key, tenant_id, 'credit_note' as credit_kind,
    xero_credit_note_id as xero_credit_id, tenant_id || ':' || xero_contact_id as contact_key, credit_note_number,
    reference, credit_type, credit_status, issued_on, fully_paid_on, currency_code, currency_rate, amount_subtotal,
    amount_tax, amount_total, amount_remaining, is_deleted, updated_at
from raw_xero.credit_notes_current
union all by name
select
    tenant_id || ':' || xero_overpayment_id as credit_key, tenant_id, 'overpayment' as credit_kind,
    xero_overpayment_id as xero_credit_id, tenant_id || ':' || xero_contact_id as contact_key,
    credit_type, credit_status, issued_on, currency_code, currency_rate, amount_total, amount_remaining, is_deleted, updated_at
from raw_xero.overpayments_current
union all by name
select
    tenant_id || ':' || xero_prepayment_id as credit_key, tenant_id, 'prepayment' as credit_kind,
    xero_prepayment_id as xero_credit_id, tenant_id || ':' || xero_contact_id as contact_key,
    credit_type, credit_status, issued_on, currency_code, currency_rate, amount_total, amount_remaining, is_deleted, updated_at
from raw_xero.prepayments_current;
