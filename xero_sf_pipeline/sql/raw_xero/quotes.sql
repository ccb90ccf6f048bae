-- Grain: one row per quote in the spooled pages, lines nested. Key: xero_quote_id. Amounts are in currency_code.
-- Source of shapes: Xero accounting contract, schema Quote.
select
    j.QuoteID as xero_quote_id,
    nullif(j.QuoteNumber, '') as quote_number,
    nullif(j.Reference, '') as reference,
    j.Status as quote_status,
    nullif(j.Title, '') as title,
    nullif(j.Summary, '') as summary,
    j.Contact.ContactID as xero_contact_id,
    j.Contact.Name as contact_name,
    raw_xero.calendar_date(j.Date) as quoted_on,
    raw_xero.calendar_date(j.ExpiryDate) as expires_on,
    j.CurrencyCode as currency_code,
    try_cast(j.CurrencyRate as decimal(18, 6)) as currency_rate,
    j.LineAmountTypes as line_amount_types,
    raw_xero.money(j.SubTotal) as amount_subtotal,
    raw_xero.money(j.TotalTax) as amount_tax,
    raw_xero.money(j.Total) as amount_total,
    raw_xero.money(j.TotalDiscount) as amount_discount,
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
    raw_xero.instant(j.UpdatedDateUTC) as updated_at,
    coalesce(j.Status = 'DELETED', false) as is_deleted,
    payload
from (
    select
        json as payload,
        json_transform(json, '{
            "QuoteID": "VARCHAR", "QuoteNumber": "VARCHAR", "Reference": "VARCHAR", "Status": "VARCHAR",
            "Title": "VARCHAR", "Summary": "VARCHAR", "Contact": {"ContactID": "VARCHAR", "Name": "VARCHAR"},
            "Date": "VARCHAR", "ExpiryDate": "VARCHAR", "CurrencyCode": "VARCHAR", "CurrencyRate": "VARCHAR",
            "LineAmountTypes": "VARCHAR", "SubTotal": "VARCHAR", "TotalTax": "VARCHAR", "Total": "VARCHAR",
            "TotalDiscount": "VARCHAR", "UpdatedDateUTC": "VARCHAR",
            "LineItems": [{"LineItemID": "VARCHAR", "Description": "VARCHAR", "Quantity": "VARCHAR",
                "UnitAmount": "VARCHAR", "ItemCode": "VARCHAR", "AccountCode": "VARCHAR", "TaxType": "VARCHAR",
                "TaxAmount": "VARCHAR", "LineAmount": "VARCHAR", "DiscountRate": "VARCHAR",
                "DiscountAmount": "VARCHAR", "Tracking": [{"TrackingCategoryID": "VARCHAR",
                "TrackingOptionID": "VARCHAR", "Name": "VARCHAR", "Option": "VARCHAR"}]}]
        }') as j
    from read_json_objects($files, format = 'array', maximum_object_size = $largest_object_bytes)
)
