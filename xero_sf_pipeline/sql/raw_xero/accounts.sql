-- Grain: one row per account of the chart of accounts. Key: xero_account_id (bank accounts may lack a code).
select
    j.AccountID as xero_account_id,
    nullif(j.Code, '') as account_code,
    j.Name as account_name,
    j.Type as account_type,
    j.Class as account_class,
    j.Status as account_status,
    nullif(j.SystemAccount, '') as system_account,
    nullif(j.TaxType, '') as tax_type,
    try_cast(j.EnablePaymentsToAccount as boolean) as enable_payments,
    nullif(j.CurrencyCode, '') as currency_code,
    raw_xero.instant(j.UpdatedDateUTC) as updated_at,
    coalesce(j.Status = 'DELETED', false) as is_deleted,
    payload
from (
    select
        json as payload,
        json_transform(json, '{
            "AccountID": "VARCHAR", "Code": "VARCHAR", "Name": "VARCHAR", "Type": "VARCHAR", "Class": "VARCHAR",
            "Status": "VARCHAR", "SystemAccount": "VARCHAR", "TaxType": "VARCHAR",
            "EnablePaymentsToAccount": "VARCHAR", "CurrencyCode": "VARCHAR", "UpdatedDateUTC": "VARCHAR"
        }') as j
    from read_json_objects($files, format = 'array', maximum_object_size = $largest_object_bytes)
)
