-- Grain: one row per (record_key, sf_account_id, currency_code, measure). Each side's amount, 0 where it has none.
-- Sides are posted to the account and currency that they name themselves, so a record on the wrong account shows as a
-- difference on both accounts. amount_expected: Salesforce as it will be when the writes under way have arrived.
create or replace temp table control_postings as
with
posted as (
    select record_key, tenant_id, own_sf_account_id as sf_account_id, xero_currency_code as currency_code, 'xero' as side,
        record_kind, xero_total as amount_total, xero_due as amount_due, xero_paid as amount_paid,
        xero_credited as amount_credited
    from control_documents where xero_is_live
    union all
    select record_key, tenant_id, own_sf_account_id, own_currency_code, 'own', record_kind, own_total, own_due, own_paid,
        own_credited
    from control_documents where own_is_live
    union all
    select record_key, tenant_id, sf_account_id, sf_currency_code, 'salesforce', record_kind, sf_total, sf_due, sf_paid,
        sf_credited
    from control_documents where sf_is_live
    union all
    select record_key, tenant_id, due_sf_account_id, due_currency_code, 'expected', record_kind, due_total, due_due,
        due_paid, due_credited
    from control_documents where due_is_live
),
long as (
    select record_key, tenant_id, sf_account_id, currency_code, side,
        unnest([
            {'measure': record_kind || '_total', 'amount': amount_total},
            {'measure': if(record_kind = 'invoice', 'invoice_due', 'credit_note_remaining'), 'amount': amount_due},
            {'measure': 'invoice_paid', 'amount': if(record_kind = 'invoice', amount_paid, null)},
            {'measure': 'invoice_credited', 'amount': if(record_kind = 'invoice', amount_credited, null)}
        ], recursive := true)
    from posted
)
select record_key, tenant_id, sf_account_id, currency_code, measure,
    coalesce(sum(amount) filter (side = 'xero'), 0)::decimal(18, 4) as amount_xero,
    coalesce(sum(amount) filter (side = 'own'), 0)::decimal(18, 4) as amount_warehouse,
    coalesce(sum(amount) filter (side = 'salesforce'), 0)::decimal(18, 4) as amount_salesforce,
    coalesce(sum(amount) filter (side = 'expected'), 0)::decimal(18, 4) as amount_expected
from long
where amount is not null
group by all
