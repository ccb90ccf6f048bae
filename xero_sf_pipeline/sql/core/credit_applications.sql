-- Grain: one row per application of a credit to an invoice. Key: application_key. amount_applied is in currency_code.
create or replace table core.credit_applications as
with applied as (
    select tenant_id, 'credit_note' as credit_kind, xero_credit_note_id as xero_credit_id, currency_code, is_deleted, unnest(allocations) as a
    from raw_xero.credit_notes_current
    union all
    select tenant_id, 'overpayment', xero_overpayment_id, currency_code, is_deleted, unnest(allocations)
    from raw_xero.overpayments_current
    union all
    select tenant_id, 'prepayment', xero_prepayment_id, currency_code, is_deleted, unnest(allocations)
    from raw_xero.prepayments_current
)
select
    tenant_id || ':' || coalesce(
        a.allocation_id,
        md5(concat_ws('|', xero_credit_id, a.xero_invoice_id, a.applied_on::varchar, a.amount_applied::varchar))
    ) as application_key,
    tenant_id,
    tenant_id || ':' || xero_credit_id as credit_key,
    credit_kind,
    tenant_id || ':' || a.xero_invoice_id as invoice_key,
    a.applied_on,
    a.amount_applied,
    currency_code,
    is_deleted or coalesce(a.is_deleted, false) as is_deleted
from applied;
