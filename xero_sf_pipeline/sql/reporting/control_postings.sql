-- Grain: one row per (record_key, sf_account_id, currency_code, measure). Each side's amount, 0 where it has none.
-- Sides are posted to the account and currency that they name themselves, so a record on the wrong account shows as a
-- difference on both accounts. amount_expected: Salesforce as it will be when the writes under way have arrived.
create or replace temp table control_postings as
with posted as (
    select record_key, tenant_id, record_kind, own_sf_account_id as sf_account_id, xero_currency_code as currency_code,
        {'total': xero_total, 'due': xero_due, 'paid': xero_paid, 'credited': xero_credited} as xero, null as own,
        null as salesforce, null as expected
    from control_documents where xero_is_live
    union all by name
    select record_key, tenant_id, record_kind, own_sf_account_id as sf_account_id, own_currency_code as currency_code,
        {'total': own_total, 'due': own_due, 'paid': own_paid, 'credited': own_credited} as own
    from control_documents where own_is_live
    union all by name
    select record_key, tenant_id, record_kind, sf_account_id, sf_currency_code as currency_code,
        {'total': sf_total, 'due': sf_due, 'paid': sf_paid, 'credited': sf_credited} as salesforce
    from control_documents where sf_is_live
    union all by name
    select record_key, tenant_id, record_kind, due_sf_account_id as sf_account_id, due_currency_code as currency_code,
        {'total': due_total, 'due': due_due, 'paid': due_paid, 'credited': due_credited} as expected
    from control_documents where due_is_live
),
placed as (
    select record_key, tenant_id, record_kind, sf_account_id, currency_code, any_value(xero) as xero,
        any_value(own) as own, any_value(salesforce) as salesforce, any_value(expected) as expected
    from posted
    group by all
),
long as (
    select record_key, tenant_id, sf_account_id, currency_code,
        unnest(if(record_kind = 'invoice', [
            {'measure': 'invoice_total', 'xero': xero.total, 'own': own.total, 'sf': salesforce.total, 'due': expected.total},
            {'measure': 'invoice_due', 'xero': xero.due, 'own': own.due, 'sf': salesforce.due, 'due': expected.due},
            {'measure': 'invoice_paid', 'xero': xero.paid, 'own': own.paid, 'sf': salesforce.paid, 'due': expected.paid},
            {'measure': 'invoice_credited', 'xero': xero.credited, 'own': own.credited, 'sf': salesforce.credited, 'due': expected.credited}
        ], [
            {'measure': 'credit_note_total', 'xero': xero.total, 'own': own.total, 'sf': salesforce.total, 'due': expected.total},
            {'measure': 'credit_note_remaining', 'xero': xero.due, 'own': own.due, 'sf': salesforce.due, 'due': expected.due}
        ]), recursive := true)
    from placed
)
select record_key, tenant_id, sf_account_id, currency_code, measure, coalesce(xero, 0)::decimal(18, 4) as amount_xero,
    coalesce(own, 0)::decimal(18, 4) as amount_warehouse, coalesce(sf, 0)::decimal(18, 4) as amount_salesforce,
    coalesce(due, 0)::decimal(18, 4) as amount_expected
from long
