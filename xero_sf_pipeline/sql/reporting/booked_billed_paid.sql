-- Grain: one row per (won opportunity, currency), and one per sales invoice that belongs to no won opportunity.
-- Key: row_key, currency_code. Booked: the deal's amount. Billed: authorised or paid invoices that are linked with it
-- (net: before tax; gross: what the customer owes). Drafted: gross or net as the deal, not sent to the customer yet.
-- amount_difference = booked - billed in the deal's own terms (billing.amounts says whether deals include tax).
insert into reporting.booked_billed_paid by name
with deals as (
    select o.sf_opportunity_id, o.opportunity_name, o.sf_account_id, a.account_name, o.close_on,
        coalesce(o.currency_code, a.currency_code, $org_currency) as currency_code, o.amount
    from seen_core_opportunities o
    left join seen_core_accounts a on a.sf_account_id = o.sf_account_id
    where o.is_won
),
links as (
    select distinct sf_opportunity_id, invoice_key from seen_billing_invoice_links
),
invoices as (
    select i.*, coalesce(k.contact_name, i.invoice_number) as contact_name,
        i.invoice_status in ('AUTHORISED', 'PAID') and not i.is_deleted as is_billed,
        i.invoice_status in ('DRAFT', 'SUBMITTED') and not i.is_deleted as is_drafted,
        case when ml.outcome = 'linked' then ml.sf_account_id end as sf_account_id,
        coalesce(i.amount_subtotal, i.amount_total - coalesce(i.amount_tax, 0)) as amount_net
    from seen_core_invoices i
    left join seen_core_contacts k on k.contact_key = i.contact_key
    left join seen_matching_links ml on ml.contact_key = coalesce(k.resolved_contact_key, i.contact_key)
    where i.invoice_type = 'ACCREC'
),
bills as (
    select l.sf_opportunity_id, i.currency_code, any_value(i.tenant_id) as tenant_id,
        count(*) filter (is_billed or is_drafted) as invoice_count,
        list(distinct i.invoice_number order by i.invoice_number) filter (is_billed or is_drafted) as invoice_numbers,
        max(i.issued_on) filter (is_billed) as billed_on,
        coalesce(sum(if($deals_include_tax, i.amount_total, i.amount_net)) filter (is_drafted), 0) as amount_drafted,
        coalesce(sum(i.amount_net) filter (is_billed), 0) as amount_billed_net,
        coalesce(sum(i.amount_total) filter (is_billed), 0) as amount_billed,
        coalesce(sum(i.amount_paid) filter (is_billed), 0) as amount_paid,
        coalesce(sum(i.amount_credited) filter (is_billed), 0) as amount_credited,
        coalesce(sum(i.amount_due) filter (is_billed), 0) as amount_due
    from links l
    join invoices i on i.invoice_key = l.invoice_key
    group by all
),
billed_periods as (
    select distinct l.sf_opportunity_id, l.period_number
    from seen_billing_invoice_links l
    join invoices i on i.invoice_key = l.invoice_key and (i.is_billed or i.is_drafted)
),
open_periods as (
    select s.sf_opportunity_id, s.currency_code, sum(s.amount_share) as amount_scheduled, min(s.bill_on) as next_bill_on,
        arg_min(s.hold_reason, s.period_number) filter (s.hold_reason is not null) as hold_reason,
        arg_min(s.explanation, s.period_number) filter (s.hold_reason is not null) as hold_explanation
    from seen_billing_schedule s
    anti join billed_periods b on b.sf_opportunity_id = s.sf_opportunity_id and b.period_number is not distinct from s.period_number
    group by all
),
planned as (
    select regexp_extract(w.target_key, '(?:^|:)([A-Za-z0-9]{18})/', 1) as sf_opportunity_id, count(*) as write_count,
        any_value(w.approval order by w.write_id) as approval, any_value(w.explanation order by w.write_id) as explanation,
        any_value(a.state order by w.write_id) as state, any_value(a.message order by w.write_id) as message
    from seen_plan_writes w
    left join (
        from seen_ledger_attempts qualify row_number() over (partition by write_id order by attempt_number desc) = 1
    ) a on a.write_id = w.write_id
    where w.kind in ('invoice.create', 'invoice.update', 'credit_note.create')
    group by all
),
exclusions as (
    select regexp_extract(subject_key, '(?:^|:)([A-Za-z0-9]{18})(?:/|$)', 1) as sf_opportunity_id,
        arg_min(reason, explanation) as reason, min(explanation) as explanation
    from seen_plan_exclusions
    where kind in ('invoice.create', 'invoice.update', 'credit_note.create')
    group by all
),
deal_rows as (
    select
        coalesce(d.sf_opportunity_id, b.sf_opportunity_id) as row_key, 'deal' as row_kind,
        coalesce(d.sf_opportunity_id, b.sf_opportunity_id) as sf_opportunity_id, h.opportunity_name, b.tenant_id,
        h.sf_account_id, h.account_name as party_name, h.close_on as booked_on, b.billed_on,
        coalesce(d.currency_code, b.currency_code) as currency_code, coalesce(d.amount, 0) as amount_booked,
        case when d.sf_opportunity_id is not null then coalesce(s.amount_scheduled, 0) else 0 end as amount_scheduled,
        coalesce(b.amount_drafted, 0) as amount_drafted, coalesce(b.amount_billed_net, 0) as amount_billed_net,
        coalesce(b.amount_billed, 0) as amount_billed, coalesce(b.amount_paid, 0) as amount_paid,
        coalesce(b.amount_credited, 0) as amount_credited, coalesce(b.amount_due, 0) as amount_due,
        coalesce(d.amount, 0) - coalesce(if($deals_include_tax, b.amount_billed, b.amount_billed_net), 0) as amount_difference,
        coalesce(b.invoice_count, 0) as invoice_count, b.invoice_numbers,
        d.sf_opportunity_id is null as is_other_currency, s.next_bill_on, s.hold_reason, s.hold_explanation,
        p.write_count, p.approval, p.explanation as write_explanation, p.state as write_state, p.message,
        e.reason as exclusion, e.explanation as exclusion_explanation
    from deals d
    full join (from bills semi join deals using (sf_opportunity_id)) b
        on b.sf_opportunity_id = d.sf_opportunity_id and b.currency_code is not distinct from d.currency_code
    left join deals h on h.sf_opportunity_id = coalesce(d.sf_opportunity_id, b.sf_opportunity_id)
    left join open_periods s on s.sf_opportunity_id = d.sf_opportunity_id and s.currency_code is not distinct from d.currency_code
    left join planned p on p.sf_opportunity_id = d.sf_opportunity_id
    left join exclusions e on e.sf_opportunity_id = d.sf_opportunity_id
),
told_deals as (
    select *,
        case
            when is_other_currency then {'reason': 'currency_differs', 'explanation': 'Billed in ' || currency_code || ', another currency than the deal''s.'}
            when amount_difference = 0 and invoice_count > 0 then {'reason': 'billed', 'explanation': 'Billed in full.'}
            when amount_difference = 0 then {'reason': 'nothing_to_bill', 'explanation': 'The deal has no amount.'}
            when hold_reason is not null then {'reason': 'held', 'explanation': 'Held (' || hold_reason || '): ' || coalesce(hold_explanation, '')}
            when write_state in ('intent', 'sent', 'unknown') then {'reason': 'outcome_unknown', 'explanation': 'Sent to Xero, and no answer came; it is looked up before anything is sent again.'}
            when write_state = 'confirmed' then {'reason': 'waiting_for_read_back', 'explanation': 'Sent to Xero; the next read will show it.'}
            when write_state = 'rejected' then {'reason': 'rejected', 'explanation': 'Xero refused it: ' || coalesce(message, 'no message') || ' (`xero-sf errors list`).'}
            when write_count > 0 and approval = 'needs_approval' then {'reason': 'needs_approval', 'explanation': write_explanation}
            when write_count > 0 and approval = 'rejected' then {'reason': 'rejected', 'explanation': 'A person rejected the planned invoice. ' || write_explanation}
            when write_count > 0 then {'reason': 'pending', 'explanation': write_explanation}
            when exclusion = 'parked' then {'reason': 'rejected', 'explanation': exclusion_explanation}
            when exclusion = 'awaiting_read_back' then {'reason': 'waiting_for_read_back', 'explanation': exclusion_explanation}
            when exclusion = 'source_stale' then {'reason': 'stale', 'explanation': exclusion_explanation}
            when exclusion = 'not_due_yet' then {'reason': 'not_due_yet', 'explanation': exclusion_explanation}
            when amount_drafted <> 0 and amount_drafted = amount_difference then {'reason': 'draft_in_xero', 'explanation': 'A draft in Xero waits for finance.'}
            when amount_scheduled <> 0 and next_bill_on > $as_of_on and amount_difference = amount_scheduled + amount_drafted
                then {'reason': 'not_due_yet', 'explanation': 'The next invoice is due to be made on ' || strftime(next_bill_on, '%Y-%m-%d') || '.'}
            when exclusion is not null then {'reason': 'held', 'explanation': 'Held (' || exclusion || '): ' || exclusion_explanation}
            when invoice_count = 0 and not $is_billing_enabled then {'reason': 'filtered', 'explanation': 'Billing is off (billing.enabled), and no invoice in Xero names the deal.'}
            when invoice_count = 0 and $billing_from is not null and booked_on < $billing_from
                then {'reason': 'filtered', 'explanation': 'Closed before ' || $billing_from || ' (billing.from_close_date).'}
            when invoice_count = 0 and amount_scheduled = 0 then {'reason': 'filtered', 'explanation': 'The deal is not one that the policy bills (billing.only).'}
            when invoice_count = 0 then {'reason': 'not_billed', 'explanation': 'No invoice, and none is planned.'}
            when amount_difference < 0 then {'reason': 'amount_differs', 'explanation': 'Billed more than booked.'}
            else {'reason': 'amount_differs', 'explanation': 'Billed less than booked.'}
        end as why
    from deal_rows
)
select
    $as_of_at::timestamptz as as_of_at, row_key, row_kind, sf_opportunity_id, opportunity_name, tenant_id, sf_account_id,
    party_name, booked_on, billed_on, currency_code, amount_booked::decimal(18, 4) as amount_booked,
    amount_scheduled::decimal(18, 4) as amount_scheduled, amount_drafted::decimal(18, 4) as amount_drafted,
    amount_billed_net::decimal(18, 4) as amount_billed_net, amount_billed::decimal(18, 4) as amount_billed,
    amount_paid::decimal(18, 4) as amount_paid, amount_credited::decimal(18, 4) as amount_credited,
    amount_due::decimal(18, 4) as amount_due, amount_difference::decimal(18, 4) as amount_difference, invoice_count,
    coalesce(invoice_numbers, []) as invoice_numbers, why.reason as reason, why.explanation as explanation
from told_deals
union all by name
select
    $as_of_at::timestamptz as as_of_at, invoice_key as row_key, 'invoice' as row_kind, tenant_id, sf_account_id,
    contact_name as party_name, issued_on as billed_on, currency_code, 0::decimal(18, 4) as amount_booked,
    0::decimal(18, 4) as amount_scheduled, 0::decimal(18, 4) as amount_drafted,
    amount_net::decimal(18, 4) as amount_billed_net, amount_total as amount_billed, amount_paid, amount_credited, amount_due,
    -if($deals_include_tax, amount_total, amount_net)::decimal(18, 4) as amount_difference, 1 as invoice_count,
    [invoice_number] as invoice_numbers, 'invoice_without_deal' as reason,
    'No won opportunity is linked with this invoice.' as explanation
from invoices i
where is_billed and not exists (from links l join deals d using (sf_opportunity_id) where l.invoice_key = i.invoice_key)
