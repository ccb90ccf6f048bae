-- Grain: one row per item of the price list. Key: xero_item_id. Prices are in the organisation's base currency.
select
    j.ItemID as xero_item_id,
    nullif(j.Code, '') as item_code,
    nullif(j.Name, '') as item_name,
    nullif(j.Description, '') as description,
    nullif(j.PurchaseDescription, '') as purchase_description,
    try_cast(j.IsSold as boolean) as is_sold,
    try_cast(j.IsPurchased as boolean) as is_purchased,
    try_cast(j.IsTrackedAsInventory as boolean) as is_tracked,
    raw_xero.money(j.SalesDetails.UnitPrice) as amount_sales_unit,
    nullif(j.SalesDetails.AccountCode, '') as sales_account_code,
    nullif(j.SalesDetails.TaxType, '') as sales_tax_type,
    raw_xero.money(j.PurchaseDetails.UnitPrice) as amount_purchase_unit,
    coalesce(nullif(j.PurchaseDetails.AccountCode, ''), nullif(j.PurchaseDetails.COGSAccountCode, ''))
        as purchase_account_code,
    nullif(j.PurchaseDetails.TaxType, '') as purchase_tax_type,
    raw_xero.instant(j.UpdatedDateUTC) as updated_at,
    false as is_deleted,
    payload
from (
    select
        json as payload,
        json_transform(json, '{
            "ItemID": "VARCHAR", "Code": "VARCHAR", "Name": "VARCHAR", "Description": "VARCHAR",
            "PurchaseDescription": "VARCHAR", "IsSold": "VARCHAR", "IsPurchased": "VARCHAR",
            "IsTrackedAsInventory": "VARCHAR", "UpdatedDateUTC": "VARCHAR",
            "SalesDetails": {"UnitPrice": "VARCHAR", "AccountCode": "VARCHAR", "TaxType": "VARCHAR"},
            "PurchaseDetails": {"UnitPrice": "VARCHAR", "AccountCode": "VARCHAR", "COGSAccountCode": "VARCHAR",
                "TaxType": "VARCHAR"}
        }') as j
    from read_json_objects($files, format = 'array', maximum_object_size = $largest_object_bytes)
)
