-- Grain: one row per overdue invoice that no case is opened, kept or changed for, or per case that is left alone.
insert into plan.exclusions by name
with refused as (
    select
        a.case_key, a.exclusion_reason as reason, a.has_claim, a.known_sf_case_id as sf_case_id,
        coalesce('Case ' || a.known_case_number, 'The case') as case_name, a.case_amount_due, a.case_currency_code,
        a.match_reason
    from case_actions a
    where a.exclusion_reason is not null
),
told as (
    select
        r.*,
        case reason
            when 'case_taken_over' then case_name || ' was given another type, subject or key by a person. It is left alone.'
            when 'case_deleted' then case_name || ' was deleted in Salesforce by a person. It is not opened again '
                || '(cases.recreate_deleted is off).'
            when 'closed_by_person' then case_name || ' was closed by a person, and the balance has not grown since.'
            when 'reopened_by_person' then case_name || ' was closed by us and opened again by a person, although '
                || 'nothing is to be chased. It is left open.'
            when 'invoice_unknown' then case_name || ' names an invoice that is not in the mirrored organisations. '
                || 'It is left alone.'
            when 'awaiting_read_back' then case_name || ' was opened; the next read of Salesforce will show it.'
            when 'match_in_review' then 'The contact''s match waits for a person: ' || coalesce(match_reason, 'no clear account')
                || '. See `xero-sf matches list`.'
            when 'contact_ignored' then 'The contact is ignored in matching.'
            when 'awaiting_account' then 'Cases are per account, and the account is only being created.'
            else 'The contact has no account (cases.unmatched_invoices is hold).'
        end as explanation
    from refused r
)
select
    $plan_id as plan_id, 'receivables.overdue_invoices' as subject_table, i.invoice_key as subject_key,
    'case.open' as kind, t.reason, t.explanation, i.amount_due as amount, i.currency_code
from told t
join invoice_claims i on i.case_key = t.case_key
where t.has_claim
union all
select $plan_id, 'core.cases', sf_case_id, 'case.update', reason, explanation, case_amount_due, case_currency_code
from told
where not has_claim
union all
select
    $plan_id, 'receivables.overdue_invoices', i.invoice_key, 'case.open', i.exclusion,
    case i.exclusion
        when 'disputed' then 'Invoice ' || coalesce(i.invoice_number, i.invoice_key) || ' is disputed (overdue.disputed).'
        when 'promised' then 'Payment of invoice ' || coalesce(i.invoice_number, i.invoice_key) || ' is expected later (overdue.respect_expected_payment_date).'
        when 'covered_by_credit' then 'Unallocated credit of the contact covers invoice ' || coalesce(i.invoice_number, i.invoice_key)
            || ' (overdue.net_unallocated_credit).'
        when 'grace_period' then 'Invoice ' || coalesce(i.invoice_number, i.invoice_key) || ' is within the days of grace (overdue.grace_days).'
        else 'Invoice ' || coalesce(i.invoice_number, i.invoice_key) || ' is below the minimum (overdue.minimum_amount).'
    end,
    i.amount_due, i.currency_code
from invoice_claims i
where i.exclusion is not null
    and not exists (from told t where t.case_key = i.case_key)
