-- Grain: one row per contact in the spooled pages. Key: xero_contact_id.
select
    j.ContactID as xero_contact_id,
    nullif(j.ContactNumber, '') as contact_number,
    nullif(j.AccountNumber, '') as account_number,
    j.ContactStatus as contact_status,
    j.Name as contact_name,
    nullif(j.FirstName, '') as first_name,
    nullif(j.LastName, '') as last_name,
    nullif(j.CompanyNumber, '') as company_number,
    nullif(j.EmailAddress, '') as email,
    nullif(j.TaxNumber, '') as tax_number,
    nullif(j.Website, '') as website,
    try_cast(j.IsCustomer as boolean) as is_customer,
    try_cast(j.IsSupplier as boolean) as is_supplier,
    nullif(j.DefaultCurrency, '') as default_currency_code,
    j.MergedToContactID as merged_to_xero_contact_id,
    try_cast(j.PaymentTerms.Sales.Day as integer) as sales_due_day,
    nullif(j.PaymentTerms.Sales.Type, '') as sales_due_type,
    nullif(j.AccountsReceivableTaxType, '') as sales_tax_type,
    list_transform(coalesce(j.Addresses, []), lambda a: struct_pack(
        address_type := a.AddressType, line_1 := nullif(a.AddressLine1, ''), line_2 := nullif(a.AddressLine2, ''),
        line_3 := nullif(a.AddressLine3, ''), line_4 := nullif(a.AddressLine4, ''), city := nullif(a.City, ''),
        region := nullif(a.Region, ''), postal_code := nullif(a.PostalCode, ''), country := nullif(a.Country, ''),
        attention_to := nullif(a.AttentionTo, '')
    )) as addresses,
    list_transform(coalesce(j.Phones, []), lambda p: struct_pack(
        phone_type := p.PhoneType, phone_number := nullif(p.PhoneNumber, ''), area_code := nullif(p.PhoneAreaCode, ''),
        country_code := nullif(p.PhoneCountryCode, '')
    )) as phones,
    list_transform(coalesce(j.ContactPersons, []), lambda p: struct_pack(
        first_name := nullif(p.FirstName, ''), last_name := nullif(p.LastName, ''), email := nullif(p.EmailAddress, '')
    )) as contact_persons,
    raw_xero.instant(j.UpdatedDateUTC) as updated_at,
    false as is_deleted,
    payload
from (
    select
        json as payload,
        json_transform(json, '{
            "ContactID": "VARCHAR", "ContactNumber": "VARCHAR", "AccountNumber": "VARCHAR",
            "ContactStatus": "VARCHAR", "Name": "VARCHAR", "FirstName": "VARCHAR", "LastName": "VARCHAR",
            "CompanyNumber": "VARCHAR", "EmailAddress": "VARCHAR", "TaxNumber": "VARCHAR", "Website": "VARCHAR",
            "IsCustomer": "VARCHAR", "IsSupplier": "VARCHAR", "DefaultCurrency": "VARCHAR",
            "MergedToContactID": "VARCHAR", "UpdatedDateUTC": "VARCHAR",
            "PaymentTerms": {"Sales": {"Day": "VARCHAR", "Type": "VARCHAR"}}, "AccountsReceivableTaxType": "VARCHAR",
            "Addresses": [{"AddressType": "VARCHAR", "AddressLine1": "VARCHAR", "AddressLine2": "VARCHAR",
                "AddressLine3": "VARCHAR", "AddressLine4": "VARCHAR", "City": "VARCHAR", "Region": "VARCHAR",
                "PostalCode": "VARCHAR", "Country": "VARCHAR", "AttentionTo": "VARCHAR"}],
            "Phones": [{"PhoneType": "VARCHAR", "PhoneNumber": "VARCHAR", "PhoneAreaCode": "VARCHAR",
                "PhoneCountryCode": "VARCHAR"}],
            "ContactPersons": [{"FirstName": "VARCHAR", "LastName": "VARCHAR", "EmailAddress": "VARCHAR"}]
        }') as j
    from read_json_objects($files, format = 'array', maximum_object_size = $largest_object_bytes)
)
