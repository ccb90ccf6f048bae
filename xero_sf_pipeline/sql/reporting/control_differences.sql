-- Grain: one row per (record_key, sf_account_id, currency_code, measure, side, reason). Differences of a total add up
-- to it. Side `xero`: what Xero stated less what the tables hold. Side `salesforce`: the tables less Salesforce, in
-- two parts: what the writes under way will mend, and the rest, which needs another reason or is unexplained.
insert into reporting.control_differences by name
with parts as (
    select p.*, 'xero' as side, amount_xero as expected, amount_warehouse as found, false as is_mended
    from control_postings p
    where amount_xero is not null
    union all by name
    select p.*, 'salesforce' as side, amount_expected as expected, amount_salesforce as found, true as is_mended
    from control_postings p
    union all by name
    select p.*, 'salesforce' as side, amount_warehouse as expected, amount_expected as found, false as is_mended
    from control_postings p
),
differing as (
    from parts where abs(expected - found) >= 0.005
),
names as (
    select record_key, record_name, coalesce(is_quarantined, false) as is_quarantined from control_documents
    union all
    select sf_account_id, account_name, false from seen_core_accounts
),
told as (
    select
        d.*, n.record_name, u.write_id,
        case
            when side = 'xero' and n.is_quarantined then {'reason': 'quarantined', 'explanation': 'Xero''s newest answer for this record could not be read; see ops.quarantine.'}
            when side = 'xero' then {'reason': 'unexplained', 'explanation': 'What Xero stated and what the tables hold differ.'}
            when is_mended then {
                'reason': case u.state when 'confirmed' then 'waiting_for_read_back' when 'sent' then 'outcome_unknown'
                    when 'refused' then 'rejected' when 'rejected_by_person' then 'excluded_by_policy' else 'pending_write' end,
                'explanation': u.explanation}
            when r.reason is not null then {'reason': r.reason, 'explanation': r.explanation}
            else {'reason': 'unexplained', 'explanation': 'No write, exclusion or error accounts for it.'}
        end as why
    from differing d
    left join names n on n.record_key = d.record_key
    left join writes_under_way u
        on u.target_key = d.record_key and u.target_object = if(starts_with(d.measure, 'account_'), 'Account', 'Xero_Invoice__c')
    left join control_reasons r on r.record_key = d.record_key
)
select
    $as_of_at::timestamptz as as_of_at, tenant_id, sf_account_id, currency_code, measure, side, record_key, record_name,
    expected as amount_expected, found as amount_found, (expected - found)::decimal(18, 4) as amount_difference,
    why.reason as reason, why.explanation as explanation, if(side = 'salesforce', write_id, null) as write_id
from told
union all by name
select
    $as_of_at::timestamptz as as_of_at, tenant_id, null as sf_account_id, null as currency_code, 'read_' || entity as measure,
    'xero' as side, extract_id as record_key, entity as record_name, amount_read as amount_expected,
    amount_stored as amount_found, (amount_read - amount_stored)::decimal(18, 4) as amount_difference,
    if(quarantined_count > 0, 'quarantined', 'unexplained') as reason,
    if(quarantined_count > 0, quarantined_count || ' records of this walk could not be read; see ops.quarantine.',
        'The walk read and stored different sums.') as explanation, null as write_id
from walks
where amount_read is distinct from amount_stored
