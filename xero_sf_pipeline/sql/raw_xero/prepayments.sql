-- Grain: one row per prepayment in the spooled pages, allocations nested. Key: xero_prepayment_id.
-- Amounts are in currency_code and positive. Source of shapes: Xero accounting contract, schema Prepayment.
select
    j.PrepaymentID as xero_prepayment_id,
    j.Type as credit_type,
    j.Status as credit_status,
    j.Contact.ContactID as xero_contact_id,
    raw_xero.calendar_date(j.Date) as issued_on,
    j.CurrencyCode as currency_code,
    try_cast(j.CurrencyRate as decimal(18, 6)) as currency_rate,
    raw_xero.money(j.Total) as amount_total,
    raw_xero.money(j.RemainingCredit) as amount_remaining,
    list_transform(coalesce(j.Allocations, []), lambda a: struct_pack(
        allocation_id := a.AllocationID, xero_invoice_id := a.Invoice.InvoiceID,
        invoice_number := a.Invoice.InvoiceNumber, amount_applied := raw_xero.money(a.Amount),
        applied_on := raw_xero.calendar_date(a.Date), is_deleted := coalesce(try_cast(a.IsDeleted as boolean), false)
    )) as allocations,
    raw_xero.instant(j.UpdatedDateUTC) as updated_at,
    coalesce(j.Status = 'DELETED', false) as is_deleted,
    payload
from (
    select
        json as payload,
        json_transform(json, '{
            "PrepaymentID": "VARCHAR", "Type": "VARCHAR", "Status": "VARCHAR",
            "Contact": {"ContactID": "VARCHAR"}, "Date": "VARCHAR", "CurrencyCode": "VARCHAR",
            "CurrencyRate": "VARCHAR", "Total": "VARCHAR", "RemainingCredit": "VARCHAR",
            "UpdatedDateUTC": "VARCHAR",
            "Allocations": [{"AllocationID": "VARCHAR", "Amount": "VARCHAR", "Date": "VARCHAR",
                "IsDeleted": "VARCHAR", "Invoice": {"InvoiceID": "VARCHAR", "InvoiceNumber": "VARCHAR"}}]
        }') as j
    from read_json_objects($files, format = 'array', maximum_object_size = $largest_object_bytes)
)
