-- Grain: one row per (account, measure): the totals that stand on the Account itself, in the org's currency.
-- Xero states no such figure: receivables.account_status adds up its organisations and currencies.
insert into control_postings by name
with under_way as (
    select target_key as sf_account_id, json_keys(payload) as names,
        json_extract_string(payload, ['$.Xero_Outstanding__c', '$.Xero_Overdue__c', '$.Xero_Unallocated_Credit__c']) as texts
    from writes_under_way
    where target_object = 'Account'
),
sides as (
    select s.sf_account_id, s.currency_code, s.amount_outstanding, s.amount_overdue, s.amount_unallocated_credit,
        a.amount_outstanding as sf_outstanding, a.amount_overdue as sf_overdue, a.amount_unallocated_credit as sf_credit,
        if(list_contains(u.names, 'Xero_Outstanding__c'), try_cast(u.texts[1] as decimal(18, 4)), a.amount_outstanding) as due_outstanding,
        if(list_contains(u.names, 'Xero_Overdue__c'), try_cast(u.texts[2] as decimal(18, 4)), a.amount_overdue) as due_overdue,
        if(list_contains(u.names, 'Xero_Unallocated_Credit__c'), try_cast(u.texts[3] as decimal(18, 4)), a.amount_unallocated_credit) as due_credit
    from seen_receivables_account_status s
    join seen_core_accounts a on a.sf_account_id = s.sf_account_id and not coalesce(a.is_deleted, false)
    left join under_way u on u.sf_account_id = s.sf_account_id
),
long as (
    select sf_account_id, currency_code,
        unnest([
            {'measure': 'account_outstanding', 'own': amount_outstanding, 'found': sf_outstanding, 'due': due_outstanding},
            {'measure': 'account_overdue', 'own': amount_overdue, 'found': sf_overdue, 'due': due_overdue},
            {'measure': 'account_unallocated_credit', 'own': amount_unallocated_credit, 'found': sf_credit, 'due': due_credit}
        ], recursive := true)
    from sides
)
select sf_account_id as record_key, null as tenant_id, sf_account_id, currency_code, measure, null as amount_xero,
    coalesce(own, 0)::decimal(18, 4) as amount_warehouse, coalesce(found, 0)::decimal(18, 4) as amount_salesforce,
    coalesce(due, 0)::decimal(18, 4) as amount_expected
from long
