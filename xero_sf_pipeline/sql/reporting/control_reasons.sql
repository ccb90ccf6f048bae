-- Grain: one row per record that is not, or not fully, in Salesforce as it should be, with the reason. Key: record_key.
-- Only what stands behind the writes under way: those explain their own part. No reason means: nobody can tell why.
create or replace temp table control_reasons as
with mirror_reads as (
    select max(finished_at) as read_at from seen_ops_extracts where source = 'salesforce' and entity = 'xero_invoices'
),
planned as (select max(planned_at) as planned_at from seen_plan_runs),
moved as (select max(built_at) as built_at from seen_ops_derivations where stage = 'core'),
exclusions as (
    select subject_key as record_key, reason, explanation
    from seen_plan_exclusions
    where kind in ('xero_invoice.upsert', 'account.update')
    qualify row_number() over (partition by subject_key order by reason, explanation) = 1
),
last_confirmed as (
    select target_key as record_key, max(attempted_at) as attempted_at
    from seen_ledger_attempts
    where state = 'confirmed' and target_object in ('Xero_Invoice__c', 'Account')
    group by all
),
records as (
    select record_key, 'document' as record_kind, link_outcome, link_explanation, is_mirrored, write_state, write_explanation,
        sf_updated_at, own_is_live is null as is_unknown,
        not exists (from seen_core_organisations g where g.tenant_id = d.tenant_id) as is_foreign
    from control_documents d
    union all by name
    select s.sf_account_id as record_key, 'account' as record_kind, 'linked' as link_outcome, true as is_mirrored,
        u.state as write_state, u.explanation as write_explanation, a.updated_at as sf_updated_at, false as is_unknown,
        false as is_foreign, s.missing_rates
    from seen_receivables_account_status s
    join seen_core_accounts a on a.sf_account_id = s.sf_account_id
    left join writes_under_way u on u.target_object = 'Account' and u.target_key = s.sf_account_id
),
reasoned as (
    select
        r.record_key,
        case
            when r.record_kind = 'document' and m.read_at is null and not r.is_mirrored and r.write_state is null
                then {'reason': 'not_set_up', 'explanation': 'Xero_Invoice__c has not been read from this org: `xero-sf salesforce deploy`, then `xero-sf sync`.'}
            when r.record_kind = 'account' and len(r.missing_rates) > 0
                then {'reason': 'no_exchange_rate', 'explanation': 'No rate into the Salesforce currency for '
                    || array_to_string(r.missing_rates, ', ') || ' (currency.rates).'}
            when e.reason = 'parked' then {'reason': 'rejected', 'explanation': e.explanation}
            when e.reason = 'awaiting_read_back' then {'reason': 'waiting_for_read_back', 'explanation': e.explanation}
            when e.reason = 'source_stale' then {'reason': 'stale', 'explanation': e.explanation}
            when e.reason in ('unmatched', 'match_in_review', 'contact_ignored', 'awaiting_account')
                then {'reason': 'unmatched', 'explanation': e.explanation}
            when e.reason = 'no_exchange_rate' then {'reason': 'no_exchange_rate', 'explanation': e.explanation}
            when e.reason is not null then {'reason': 'excluded_by_policy', 'explanation': e.explanation}
            when r.write_state = 'refused' then {'reason': 'rejected', 'explanation': r.write_explanation}
            when r.write_state = 'sent' then {'reason': 'outcome_unknown', 'explanation': r.write_explanation}
            when coalesce(r.link_outcome, 'none') <> 'linked' and not r.is_mirrored and not r.is_unknown
                then {'reason': 'unmatched', 'explanation': coalesce('No account: ' || r.link_explanation, 'The contact has no account.')}
            when not if(r.record_kind = 'account', $writes_accounts, $writes_invoices)
                then {'reason': 'excluded_by_policy', 'explanation': 'The policy does not send it (payment_status.enabled, '
                    || if(r.record_kind = 'account', 'payment_status.accounts).', 'payment_status.invoices).')}
            when r.is_foreign then {'reason': 'organisation_not_connected', 'explanation': 'The record names an organisation that is not mirrored (XERO_TENANTS).'}
            when moved.built_at > planned.planned_at or planned.planned_at is null
                then {'reason': 'stale', 'explanation': 'Planned before the newest read: plan again.'}
            when r.sf_updated_at > c.attempted_at
                then {'reason': 'changed_in_salesforce', 'explanation': 'Changed in Salesforce at '
                    || strftime(r.sf_updated_at, '%Y-%m-%d %H:%M') || ' UTC, after our last write; the next plan puts it right.'}
        end as told
    from records r
    cross join mirror_reads m
    cross join planned
    cross join moved
    left join exclusions e on e.record_key = r.record_key
    left join last_confirmed c on c.record_key = r.record_key
)
select record_key, told.reason as reason, told.explanation as explanation from reasoned where told is not null
