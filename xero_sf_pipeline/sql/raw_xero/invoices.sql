-- Grain: one row per invoice (or bill) in the spooled pages, lines and settlements nested. Key: xero_invoice_id.
-- Amounts are in currency_code. Source of shapes: Xero accounting contract, schema Invoice.
select
    j.InvoiceID as xero_invoice_id,
    j.InvoiceNumber as invoice_number,
    nullif(j.Reference, '') as reference,
    j.Type as invoice_type,
    j.Status as invoice_status,
    j.Contact.ContactID as xero_contact_id,
    j.Contact.Name as contact_name,
    raw_xero.calendar_date(j.Date) as issued_on,
    raw_xero.calendar_date(j.DueDate) as due_on,
    raw_xero.calendar_date(j.ExpectedPaymentDate) as expected_payment_on,
    raw_xero.calendar_date(j.FullyPaidOnDate) as fully_paid_on,
    j.CurrencyCode as currency_code,
    try_cast(j.CurrencyRate as decimal(18, 6)) as currency_rate,
    j.LineAmountTypes as line_amount_types,
    raw_xero.money(j.SubTotal) as amount_subtotal,
    raw_xero.money(j.TotalTax) as amount_tax,
    raw_xero.money(j.Total) as amount_total,
    raw_xero.money(j.AmountDue) as amount_due,
    raw_xero.money(j.AmountPaid) as amount_paid,
    raw_xero.money(j.AmountCredited) as amount_credited,
    list_transform(coalesce(j.LineItems, []), lambda l: struct_pack(
        xero_line_item_id := l.LineItemID, description := l.Description, quantity := raw_xero.money(l.Quantity),
        unit_amount := raw_xero.money(l.UnitAmount), item_code := nullif(l.ItemCode, ''),
        account_code := nullif(l.AccountCode, ''), tax_type := nullif(l.TaxType, ''),
        amount_tax := raw_xero.money(l.TaxAmount), amount_line := raw_xero.money(l.LineAmount),
        discount_rate := raw_xero.money(l.DiscountRate), amount_discount := raw_xero.money(l.DiscountAmount),
        tracking := list_transform(coalesce(l.Tracking, []), lambda t: struct_pack(
            xero_tracking_category_id := t.TrackingCategoryID, xero_tracking_option_id := t.TrackingOptionID,
            category_name := t.Name, option_name := t.Option
        ))
    )) as line_items,
    list_transform(coalesce(j.Payments, []), lambda p: struct_pack(
        xero_payment_id := p.PaymentID, paid_on := raw_xero.calendar_date(p.Date), amount_paid := raw_xero.money(p.Amount)
    )) as payments,
    list_transform(coalesce(j.CreditNotes, []), lambda c: struct_pack(
        xero_credit_id := c.CreditNoteID, applied_on := raw_xero.calendar_date(c.Date),
        amount_applied := raw_xero.money(c.AppliedAmount)
    )) as credit_notes,
    list_transform(coalesce(j.Prepayments, []), lambda c: struct_pack(
        xero_credit_id := c.PrepaymentID, applied_on := raw_xero.calendar_date(c.Date),
        amount_applied := raw_xero.money(c.AppliedAmount)
    )) as prepayments,
    list_transform(coalesce(j.Overpayments, []), lambda c: struct_pack(
        xero_credit_id := c.OverpaymentID, applied_on := raw_xero.calendar_date(c.Date),
        amount_applied := raw_xero.money(c.AppliedAmount)
    )) as overpayments,
    raw_xero.instant(j.UpdatedDateUTC) as updated_at,
    coalesce(j.Status = 'DELETED', false) as is_deleted,
    payload
from (
    select
        json as payload,
        json_transform(json, '{
            "InvoiceID": "VARCHAR", "InvoiceNumber": "VARCHAR", "Reference": "VARCHAR", "Type": "VARCHAR",
            "Status": "VARCHAR", "Contact": {"ContactID": "VARCHAR", "Name": "VARCHAR"}, "Date": "VARCHAR",
            "DueDate": "VARCHAR", "ExpectedPaymentDate": "VARCHAR", "FullyPaidOnDate": "VARCHAR",
            "CurrencyCode": "VARCHAR", "CurrencyRate": "VARCHAR", "LineAmountTypes": "VARCHAR",
            "SubTotal": "VARCHAR", "TotalTax": "VARCHAR", "Total": "VARCHAR", "AmountDue": "VARCHAR",
            "AmountPaid": "VARCHAR", "AmountCredited": "VARCHAR", "UpdatedDateUTC": "VARCHAR",
            "LineItems": [{"LineItemID": "VARCHAR", "Description": "VARCHAR", "Quantity": "VARCHAR",
                "UnitAmount": "VARCHAR", "ItemCode": "VARCHAR", "AccountCode": "VARCHAR", "TaxType": "VARCHAR",
                "TaxAmount": "VARCHAR", "LineAmount": "VARCHAR", "DiscountRate": "VARCHAR",
                "DiscountAmount": "VARCHAR", "Tracking": [{"TrackingCategoryID": "VARCHAR",
                "TrackingOptionID": "VARCHAR", "Name": "VARCHAR", "Option": "VARCHAR"}]}],
            "Payments": [{"PaymentID": "VARCHAR", "Date": "VARCHAR", "Amount": "VARCHAR"}],
            "CreditNotes": [{"CreditNoteID": "VARCHAR", "Date": "VARCHAR", "AppliedAmount": "VARCHAR"}],
            "Prepayments": [{"PrepaymentID": "VARCHAR", "Date": "VARCHAR", "AppliedAmount": "VARCHAR"}],
            "Overpayments": [{"OverpaymentID": "VARCHAR", "Date": "VARCHAR", "AppliedAmount": "VARCHAR"}]
        }') as j
    from read_json_objects($files, format = 'array', maximum_object_size = $largest_object_bytes)
)
