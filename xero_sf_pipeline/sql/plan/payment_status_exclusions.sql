-- Grain: one row per contact whose documents, account whose totals and opportunity whose totals are not written.
insert into plan.exclusions by name
with left_out as (
    select c.contact_key, any_value(k.contact_name) as contact_name, count(*) as document_count,
        any_value(c.sf_account_id) as sf_account_id
    from receivables.invoice_status c
    left join core.contacts k on k.contact_key = c.contact_key
    left join core.accounts a on a.sf_account_id = c.sf_account_id and not a.is_deleted
    left join accounts_coming n on n.contact_key = c.contact_key and c.sf_account_id is null
    left join core.xero_invoices r on r.document_key = c.document_key
    where a.sf_account_id is null and (n.contact_key is null or r.document_key is not null)
    group by c.contact_key
),
told as (
    select
        'core.contacts' as subject_table, n.contact_key as subject_key, 'xero_invoice.upsert' as kind,
        case
            when n.sf_account_id is not null then 'account_deleted'
            when l.outcome = 'review' then 'match_in_review'
            when l.outcome = 'ignore' then 'contact_ignored'
            when l.outcome = 'create' and w.contact_key is not null then 'awaiting_account'
            else 'unmatched'
        end as reason,
        n.document_count || if(n.document_count = 1, ' document of ', ' documents of ')
            || coalesce(n.contact_name, n.contact_key) || if(n.document_count = 1, ' is', ' are')
            || if(l.outcome = 'create' and w.contact_key is not null, ' not updated: ', ' not mirrored: ')
            || case
                when n.sf_account_id is not null then 'account ' || n.sf_account_id || ' was deleted or merged in Salesforce.'
                when l.outcome = 'review' then 'its match waits for a person. See `xero-sf matches list`.'
                when l.outcome = 'ignore' then 'it is ignored in matching.'
                when l.outcome = 'create' and w.contact_key is not null then 'mirrored on another account, while its own is only being created.'
                else 'it has no account.'
            end as explanation
    from left_out n
    left join matching.links l on l.contact_key = n.contact_key
    left join accounts_coming w on w.contact_key = n.contact_key
    where $with_invoices
    union all
    select
        'core.accounts', s.sf_account_id, 'account.update',
        if(a.sf_account_id is null or a.is_deleted, 'account_deleted', 'no_exchange_rate'),
        if(
            a.sf_account_id is null or a.is_deleted,
            'Account ' || coalesce(a.account_name, s.sf_account_id)
                || ' was deleted or merged in Salesforce; its payment fields are not written.',
            'The amounts of ' || coalesce(a.account_name, s.sf_account_id) || ' are not told: no rate for '
                || array_to_string(s.missing_rates, ', ') || ' into ' || coalesce(s.currency_code, 'the Salesforce currency')
                || ' (currency.rates, currency.salesforce).'
        )
    from receivables.account_status s
    left join core.accounts a on a.sf_account_id = s.sf_account_id
    where $with_accounts and (a.sf_account_id is null or a.is_deleted or len(s.missing_rates) > 0)
    union all
    select
        'core.opportunities', sf_opportunity_id, 'opportunity.update', 'no_exchange_rate',
        'The totals of ' || coalesce(opportunity_name, sf_opportunity_id) || ' are not told: no rate for '
            || array_to_string(missing_rates, ', ') || ' into ' || coalesce(currency_code, 'the Salesforce currency')
            || ' (currency.rates, currency.salesforce).'
    from payment_status_opportunities
    where $with_opportunities and len(missing_rates) > 0
)
select $plan_id as plan_id, *, null::decimal(18, 4) as amount, null::varchar as currency_code
from told
