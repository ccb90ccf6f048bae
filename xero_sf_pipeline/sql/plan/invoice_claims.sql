-- Grain: one row per overdue invoice of the planned day. Key: invoice_key.
-- `case_key` is the case that stands for it: its own, or its account's in its currency. `hold_reason` says why no case
-- can be opened for it, else null; `exclusion` is the policy's reason not to chase it, from receivables.
-- An invoice that already has an open case of its own keeps it when cases are switched to one per account.
create or replace temp table invoice_claims as
select
    o.*, d.organisation_name, k.contact_name, k.xero_contact_id, i.reference,
    n.write_id as account_write_id, n.contact_key is not null as is_account_coming,
    case
        when $per_account and m.case_key is null and o.sf_account_id is not null
            then o.tenant_id || ':account:' || o.sf_account_id || ':' || o.currency_code
        else o.invoice_key
    end as case_key,
    case
        when o.sf_account_id is not null or m.case_key is not null then null
        when l.outcome = 'ignore' then 'contact_ignored'
        when n.contact_key is not null and $per_account then 'awaiting_account'
        when n.contact_key is not null then null
        when not $hold_unmatched and not $per_account then null
        when l.outcome = 'review' then 'match_in_review'
        else 'unmatched'
    end as hold_reason,
    coalesce(l.outcome, 'none') as match_outcome, l.reason as match_reason
from receivables.overdue_invoices o
join plan_days d on d.tenant_id = o.tenant_id and d.as_of_on = o.as_of_on
join core.invoices i on i.invoice_key = o.invoice_key
left join core.contacts k on k.contact_key = o.contact_key
left join matching.links l on l.contact_key = o.contact_key
left join accounts_coming n on n.contact_key = o.contact_key
left join mirrored_cases m
    on m.case_key = o.invoice_key and not m.is_deleted and (not $per_account or not m.is_closed)
