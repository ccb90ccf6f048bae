-- Grain: one row per record that a typed key could mean: (kind, record_key). $key: an id, a number or a name; ids of
-- Salesforce by their first 15 characters too, ids of writes by their first 8.
with named as (
    select 'invoice' as kind, invoice_key as record_key,
        coalesce(invoice_number, 'without number') || ' (' || if(invoice_type = 'ACCREC', 'sales', 'bill') || ', ' || lower(invoice_status) || ')' as record_name,
        [invoice_key, xero_invoice_id, invoice_number] as names
    from seen_core_invoices
    union all
    select 'invoice', m.document_key, coalesce(m.document_number, m.document_key) || ' (record in Salesforce)', [m.sf_xero_invoice_id]
    from seen_core_xero_invoices m
    semi join seen_core_invoices i on i.invoice_key = m.document_key
    union all
    select 'credit', credit_key, coalesce(credit_note_number, replace(credit_kind, '_', ' ')), [credit_key, xero_credit_id, credit_note_number]
    from seen_core_credits
    union all
    select 'credit', m.document_key, coalesce(m.document_number, m.document_key) || ' (record in Salesforce)', [m.sf_xero_invoice_id]
    from seen_core_xero_invoices m
    semi join seen_core_credits c on c.credit_key = m.document_key
    union all
    select 'payment', payment_key, replace(document_kind, '_', ' ') || ' payment of ' || coalesce(paid_on::varchar, 'no date'), [payment_key, xero_payment_id]
    from seen_core_payments
    union all
    select 'contact', contact_key, contact_name, [contact_key, xero_contact_id, contact_name]
    from seen_core_contacts
    union all
    select 'account', sf_account_id, account_name, [sf_account_id, left(sf_account_id, 15), account_name]
    from seen_core_accounts
    union all
    select 'opportunity', sf_opportunity_id, opportunity_name, [sf_opportunity_id, left(sf_opportunity_id, 15), opportunity_name]
    from seen_core_opportunities
    union all
    select 'case', sf_case_id, coalesce(case_number || ', ', '') || coalesce(subject, ''), [sf_case_id, left(sf_case_id, 15), case_number]
    from seen_core_cases
    union all
    select 'task', sf_task_id, subject, [sf_task_id, left(sf_task_id, 15), alert_key]
    from seen_core_tasks
    union all
    select 'quote', quote_key, coalesce(quote_number, quote_key), [quote_key, quote_number]
    from seen_core_quotes
    union all
    select 'person', sf_contact_id, full_name, [sf_contact_id, left(sf_contact_id, 15), full_name]
    from seen_core_people
    union all
    select 'organisation', tenant_id, organisation_name, [tenant_id, organisation_name]
    from seen_core_organisations
    union all
    select 'write', write_id, kind || ' ' || target_object || ' ' || target_key, [write_id]
    from (
        select write_id, any_value(kind) as kind, any_value(target_object) as target_object, any_value(target_key) as target_key
        from (select write_id, kind, target_object, target_key from seen_plan_writes
            union all select write_id, kind, target_object, target_key from seen_ledger_attempts)
        where starts_with(write_id, lower($key)) and length($key) >= 8
        group by write_id
    )
),
found as (
    select kind, record_key, any_value(record_name) as record_name
    from named
    where list_contains(list_transform(names, lambda name: lower(name)), lower($key))
        or (kind = 'write')
        or (kind = 'opportunity' and starts_with($key, record_key || '/'))
    group by kind, record_key
)
from found
where $kind is null or kind = $kind
order by kind, record_name, record_key
limit 50
