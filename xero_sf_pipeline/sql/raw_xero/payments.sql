-- Grain: one row per payment in the spooled pages, deleted ones included. Key: xero_payment_id.
-- What was paid is told by PaymentType: the refund of a credit note comes under the key "Invoice" (contract example).
select
    j.PaymentID as xero_payment_id,
    j.PaymentType as payment_type,
    j.Status as payment_status,
    case
        when j.PaymentType in ('ARCREDITPAYMENT', 'APCREDITPAYMENT') then 'credit_note'
        when j.PaymentType in ('AROVERPAYMENTPAYMENT', 'APOVERPAYMENTPAYMENT') then 'overpayment'
        when j.PaymentType in ('ARPREPAYMENTPAYMENT', 'APPREPAYMENTPAYMENT') then 'prepayment'
        else 'invoice'
    end as document_kind,
    coalesce(j.Invoice.InvoiceID, j.CreditNote.CreditNoteID, j.Overpayment.OverpaymentID, j.Prepayment.PrepaymentID)
        as xero_document_id,
    coalesce(j.Invoice.InvoiceNumber, j.CreditNote.CreditNoteNumber) as document_number,
    j.Account.AccountID as xero_account_id,
    j.Account.Code as account_code,
    raw_xero.calendar_date(j.Date) as paid_on,
    raw_xero.money(j.Amount) as amount_paid,
    raw_xero.money(j.BankAmount) as amount_bank,
    coalesce(j.Invoice.CurrencyCode, j.CreditNote.CurrencyCode) as currency_code,
    try_cast(j.CurrencyRate as decimal(18, 6)) as currency_rate,
    nullif(j.Reference, '') as reference,
    try_cast(j.IsReconciled as boolean) as is_reconciled,
    raw_xero.instant(j.UpdatedDateUTC) as updated_at,
    coalesce(j.Status = 'DELETED', false) as is_deleted,
    payload
from (
    select
        json as payload,
        json_transform(json, '{
            "PaymentID": "VARCHAR", "PaymentType": "VARCHAR", "Status": "VARCHAR",
            "Invoice": {"InvoiceID": "VARCHAR", "InvoiceNumber": "VARCHAR", "CurrencyCode": "VARCHAR"},
            "CreditNote": {"CreditNoteID": "VARCHAR", "CreditNoteNumber": "VARCHAR", "CurrencyCode": "VARCHAR"},
            "Overpayment": {"OverpaymentID": "VARCHAR"}, "Prepayment": {"PrepaymentID": "VARCHAR"},
            "Account": {"AccountID": "VARCHAR", "Code": "VARCHAR"}, "Date": "VARCHAR", "Amount": "VARCHAR",
            "BankAmount": "VARCHAR", "CurrencyRate": "VARCHAR", "Reference": "VARCHAR", "IsReconciled": "VARCHAR",
            "UpdatedDateUTC": "VARCHAR"
        }') as j
    from read_json_objects($files, format = 'array', maximum_object_size = $largest_object_bytes)
)
