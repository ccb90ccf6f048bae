-- Grain: one row per (account, reason) whose cause holds today. Key: sf_account_id, reason.
-- `raised`: above its limit. `held`: below it, but not below clear_share of it, so not gone: it keeps a task and makes
-- none. Amounts are of documents, per currency and never added across; the currency that is furthest above its limit
-- speaks for the account. Spreads are robust: 1.4826 times the median absolute deviation from the customer's median.
insert into receivables.alert_causes by name
with live_accounts as (
    select sf_account_id from core.accounts where not is_deleted
),
chased as (
    select o.sf_account_id, o.tenant_id, o.currency_code, o.invoice_key, o.invoice_number, o.due_on, o.days_overdue,
        o.amount_due_net, f.as_of_on
    from receivables.overdue_invoices o
    join fact_instants f on f.tenant_id = o.tenant_id and f.as_of_on = o.as_of_on
    semi join live_accounts a on a.sf_account_id = o.sf_account_id
    where o.exclusion is null
),
documents as (
    from status_documents d
    semi join live_accounts a on a.sf_account_id = d.sf_account_id
    where d.is_claim
),

long_overdue as (
    select
        sf_account_id, currency_code, 'overdue_beyond_limit' as reason, any_value(tenant_id) as tenant_id,
        sum(amount_due_net) as amount, sum(amount_due_net) as amount_held, true as is_raised,
        arg_max(invoice_key, days_overdue) as subject_key,
        count(*) || if(count(*) = 1, ' invoice', ' invoices') || ' overdue for more than ' || $overdue_days
            || ' days, together ' || round(sum(amount_due_net), 2)::decimal(18, 2) || ' ' || currency_code
            || '. The oldest, ' || coalesce(arg_max(invoice_number, days_overdue), 'without number')
            || ', was due on ' || min(due_on) || ', ' || max(days_overdue) || ' days ago.' as evidence
    from chased
    where days_overdue > $overdue_days
    group by sf_account_id, currency_code
),

credited as (
    select
        sf_account_id, currency_code, 'credit_note_issued' as reason, any_value(tenant_id) as tenant_id,
        coalesce(sum(amount_total) filter (issued_on > as_of_on - $credit_days::integer), 0) as amount,
        sum(amount_total) as amount_held, true as is_raised, arg_max(document_key, issued_on) as subject_key,
        count(*) || if(count(*) = 1, ' credit note', ' credit notes') || ' in the last '
            || greatest($credit_days, $credit_forget_days) || ' days, together '
            || round(sum(amount_total), 2)::decimal(18, 2) || ' ' || currency_code || ': '
            || string_agg(coalesce(document_number, 'without number') || ' of ' || issued_on || ' over '
                || round(amount_total, 2)::decimal(18, 2), ', ' order by issued_on desc, document_key) || '.' as evidence
    from documents
    where document_kind = 'credit_note'
        and issued_on > as_of_on - greatest($credit_days::integer, $credit_forget_days::integer)
    group by sf_account_id, currency_code
),

paid_late as (
    select
        sf_account_id, days_late, median(days_late) over (partition by sf_account_id) as usual_days,
        count(*) over (partition by sf_account_id) as sample_count
    from documents
    where days_late is not null
        and coalesce(fully_paid_on, last_payment_on) > as_of_on - $habit_window_days::integer
),
habits as (
    select
        sf_account_id, any_value(usual_days) as usual_days, any_value(sample_count) as sample_count,
        greatest(1.4826 * median(abs(days_late - usual_days)), $habit_minimum_spread_days) as spread_days
    from paid_late
    where sample_count >= $habit_minimum_invoices
    group by sf_account_id
),
unusual as (
    select
        c.*, h.usual_days, h.sample_count, h.spread_days,
        c.days_overdue > h.usual_days + $habit_spreads * h.spread_days as is_broken
    from chased c
    join habits h on h.sf_account_id = c.sf_account_id
    where c.days_overdue > h.usual_days + $habit_spreads * $clear_share * h.spread_days
),
habit_broken as (
    select
        sf_account_id, currency_code, 'payment_habit_broken' as reason, any_value(tenant_id) as tenant_id,
        coalesce(sum(amount_due_net) filter (is_broken), 0) as amount, sum(amount_due_net) as amount_held,
        bool_or(is_broken) as is_raised, arg_max(invoice_key, days_overdue) as subject_key,
        'Usually pays ' || case
                when round(any_value(usual_days)) > 0 then round(any_value(usual_days))::integer || ' days after the due date'
                when round(any_value(usual_days)) < 0
                    then (-round(any_value(usual_days)))::integer || ' days before the due date'
                else 'on the due date'
            end || ' (the middle of ' || any_value(sample_count) || ' paid invoices, spread '
            || round(any_value(spread_days), 1) || ' days). Invoice '
            || coalesce(arg_max(invoice_number, days_overdue), 'without number') || ' over '
            || round(arg_max(amount_due_net, days_overdue), 2)::decimal(18, 2) || ' ' || currency_code
            || ' is unpaid ' || max(days_overdue) || ' days after it.' as evidence
    from unusual
    group by sf_account_id, currency_code
),

movements as (
    select sf_account_id, tenant_id, currency_code, issued_on as moved_on, amount_total as amount
    from documents
    where document_kind = 'invoice' and issued_on is not null
    union all
    select d.sf_account_id, d.tenant_id, d.currency_code, greatest(p.paid_on, d.issued_on), -p.amount_paid
    from core.payments p
    join documents d on d.document_key = p.document_key and d.document_kind = 'invoice'
    where not p.is_deleted and p.payment_status = 'AUTHORISED' and d.issued_on is not null
    union all
    select d.sf_account_id, d.tenant_id, d.currency_code, greatest(a.applied_on, d.issued_on), -a.amount_applied
    from core.credit_applications a
    join documents d on d.document_key = a.invoice_key and d.document_kind = 'invoice'
    where not a.is_deleted and d.issued_on is not null
),
moved_days as (
    select sf_account_id, currency_code, moved_on, sum(amount) as amount, any_value(tenant_id) as tenant_id
    from movements
    group by sf_account_id, currency_code, moved_on
),
exposures as (
    select
        m.sf_account_id, m.currency_code, s.step, any_value(m.tenant_id) as tenant_id, sum(m.amount) as amount
    from moved_days m
    join fact_instants f on f.tenant_id = m.tenant_id
    join range(0, $exposure_steps::bigint + 1) s (step) on m.moved_on <= f.as_of_on - (30 * s.step)::integer
    where $is_exposure_watched
    group by m.sf_account_id, m.currency_code, s.step
),
levels as (
    select
        sf_account_id, currency_code, any_value(tenant_id) as tenant_id,
        any_value(amount) filter (step = 0) as amount_now, median(amount) filter (step > 0) as amount_usual,
        list(amount) filter (step > 0) as amounts_past
    from exposures
    group by sf_account_id, currency_code
    having count(*) filter (step > 0) >= $exposure_minimum_steps
),
spread_levels as (
    select *,
        1.4826 * list_median(list_transform(amounts_past, lambda amount: abs(amount - amount_usual))) as amount_spread
    from levels
),
grown as (
    select
        sf_account_id, currency_code, 'exposure_growing' as reason, tenant_id, amount_now - amount_usual as amount,
        amount_now - amount_usual as amount_held,
        amount_now > amount_usual + $exposure_spreads * amount_spread and amount_now >= $exposure_factor * amount_usual
            as is_raised,
        null::varchar as subject_key,
        'Owes ' || round(amount_now, 2)::decimal(18, 2) || ' ' || currency_code || '; at '
            || len(amounts_past) || ' earlier points, 30 days apart, it was usually '
            || round(amount_usual, 2)::decimal(18, 2) || ' (the middle; spread '
            || round(amount_spread, 2)::decimal(18, 2) || ').' as evidence
    from spread_levels
    where amount_now > amount_usual + $exposure_spreads * $clear_share * amount_spread
        and amount_now >= (1 + ($exposure_factor - 1) * $clear_share) * amount_usual
),

owed as (
    select sf_account_id, currency_code, any_value(tenant_id) as tenant_id, max(as_of_on) as as_of_on,
        sum(amount_due_net) as amount, count(*) as invoice_count, min(due_on) as oldest_due_on
    from chased
    group by sf_account_id, currency_code
),
renewals as (
    select
        o.sf_account_id, o.currency_code, 'renewal_closing_soon' as reason, any_value(o.tenant_id) as tenant_id,
        any_value(o.amount) as amount, any_value(o.amount) as amount_held,
        bool_or(p.close_on between o.as_of_on and o.as_of_on + $renewal_days::integer) as is_raised,
        arg_min(p.sf_opportunity_id, p.close_on) as subject_key,
        'Opportunity ' || arg_min(p.opportunity_name, p.close_on) || ' is to close on ' || min(p.close_on) || ', and '
            || any_value(o.invoice_count) || if(any_value(o.invoice_count) = 1, ' invoice', ' invoices')
            || ' over ' || round(any_value(o.amount), 2)::decimal(18, 2) || ' ' || o.currency_code
            || if(any_value(o.invoice_count) = 1, ' is', ' are') || ' overdue, the oldest since '
            || any_value(o.oldest_due_on) || '.' as evidence
    from owed o
    join core.opportunities p on p.sf_account_id = o.sf_account_id
    where not p.is_closed and lower(p.opportunity_type) in (select lower(opportunity_type) from renewal_types)
        and p.close_on between o.as_of_on - 30 and o.as_of_on + $renewal_days::integer
    group by o.sf_account_id, o.currency_code
),

causes as (
    from long_overdue
    union all by name from credited
    union all by name from habit_broken
    union all by name from grown
    union all by name from renewals
),
judged as (
    select c.*, coalesce(own.amount_limit, other.amount_limit) as amount_limit
    from causes c
    left join alert_limits own on own.reason = c.reason and own.currency_code = c.currency_code
    left join alert_limits other on other.reason = c.reason and other.currency_code = 'default'
)
select
    sf_account_id, reason, tenant_id, if(is_raised and amount >= amount_limit, 'raised', 'held') as state,
    amount_held::decimal(18, 4) as amount, currency_code, evidence, subject_key
from judged
where (is_raised and amount >= amount_limit) or amount_held >= amount_limit * $clear_share
qualify row_number() over (
    partition by sf_account_id, reason
    order by is_raised and amount >= amount_limit desc, amount_held / greatest(amount_limit, 0.01) desc, currency_code
) = 1
