-- Grain: one row per Xero contact, archived and merged ones included. Key: contact_key.
-- resolved_contact_key follows MergedToContactID to the contact that survives (a chain is followed to its end).
-- The address is the street one when it is filled, else the postal one. email falls back to the first person's;
-- contact_email is the contact's own alone. addresses, phones and contact_persons are as Xero holds them.
create or replace table core.contacts as
with recursive survivors as (
    select tenant_id, xero_contact_id, xero_contact_id as survivor_id, merged_to_xero_contact_id as next_id, 0 as step
    from raw_xero.contacts_current
    union all
    select s.tenant_id, s.xero_contact_id, c.xero_contact_id, c.merged_to_xero_contact_id, s.step + 1
    from survivors s
    join raw_xero.contacts_current c on c.tenant_id = s.tenant_id and c.xero_contact_id = s.next_id
    where s.step < 10
),
resolved as (
    select tenant_id, xero_contact_id, max_by(survivor_id, step) as survivor_id
    from survivors
    group by all
),
documents as (
    select distinct tenant_id, xero_contact_id
    from raw_xero.invoices_current
    where invoice_type = 'ACCREC' and not is_deleted
),
addressed as (
    select
        *,
        coalesce(
            list_filter(addresses, lambda a: a.address_type = 'STREET' and coalesce(a.line_1, a.city, a.postal_code) is not null)[1],
            list_filter(addresses, lambda a: a.address_type = 'POBOX' and coalesce(a.line_1, a.city, a.postal_code) is not null)[1]
        ) as address,
        coalesce(
            list_filter(phones, lambda p: p.phone_type = 'DEFAULT' and p.phone_number is not null)[1],
            list_filter(phones, lambda p: p.phone_type in ('DDI', 'OFFICE', 'MOBILE') and p.phone_number is not null)[1]
        ) as phone_parts
    from raw_xero.contacts_current
)
select
    c.tenant_id || ':' || c.xero_contact_id as contact_key,
    c.tenant_id,
    c.xero_contact_id,
    c.contact_name,
    c.first_name,
    c.last_name,
    c.contact_number,
    c.account_number,
    c.company_number,
    c.tax_number,
    coalesce(c.email, list_filter(c.contact_persons, lambda p: p.email is not null)[1].email) as email,
    c.email as contact_email,
    nullif(concat_ws(' ', c.phone_parts.country_code, c.phone_parts.area_code, c.phone_parts.phone_number), '') as phone,
    c.website,
    nullif(concat_ws(chr(10), c.address.line_1, c.address.line_2, c.address.line_3, c.address.line_4), '') as street,
    c.address.city as city,
    c.address.region as region,
    c.address.postal_code as postal_code,
    c.address.country as country,
    c.contact_status,
    coalesce(c.is_customer, false) as is_customer,
    coalesce(c.is_supplier, false) as is_supplier,
    d.xero_contact_id is not null as has_sales_documents,
    c.default_currency_code,
    c.sales_due_day,
    c.sales_due_type,
    c.sales_tax_type,
    c.addresses,
    c.phones,
    c.contact_persons,
    c.merged_to_xero_contact_id,
    c.tenant_id || ':' || r.survivor_id as resolved_contact_key,
    c.updated_at
from addressed c
left join resolved r using (tenant_id, xero_contact_id)
left join documents d using (tenant_id, xero_contact_id)
where not c.is_deleted;
