-- Grain: one row per scheduled invoice that is due or that exists already, or is held. Key: (sf_opportunity_id, period_number).
-- `invoices`: the Xero invoices of the period, of all revisions, as the mirror shows them (null while it does not).
-- `written`: what confirmed writes of ours sent for them, oldest first. billed_otherwise: an invoice that is not ours
-- bills the whole deal. deal_billed: what live invoices of the whole deal bill, as the deal counts (with tax or without).
create or replace temp table billing_claims as
with scheduled as (
    select s.*, o.opportunity_name, o.sf_account_id, a.account_name, d.today,
        c.xero_contact_id, c.contact_number, coalesce(c.contact_name, a.account_name) as contact_name,
        greatest(coalesce(g.period_lock_on, g.end_of_year_lock_on), coalesce(g.end_of_year_lock_on, g.period_lock_on)) as locked_until
    from billing.schedule s
    join core.opportunities o on o.sf_opportunity_id = s.sf_opportunity_id
    left join core.accounts a on a.sf_account_id = o.sf_account_id
    left join plan_days d on d.tenant_id = s.tenant_id
    left join core.contacts c on c.contact_key = s.contact_key
    left join core.organisations g on g.tenant_id = s.tenant_id
),
invoice_lines as (
    select l.invoice_key, list({
        'line_item_id': l.xero_line_item_id, 'description': l.description, 'item_code': l.item_code,
        'quantity': l.quantity, 'unit_amount': l.unit_amount, 'discount_rate': l.discount_rate,
        'amount_discount': l.amount_discount, 'account_code': l.account_code, 'tax_type': l.tax_type,
        'tracking': l.tracking
    } order by l.line_number) as lines
    from core.invoice_lines l
    semi join billing.invoice_links k on k.invoice_key = l.invoice_key
    group by l.invoice_key
),
invoices as (
    select
        k.sf_opportunity_id, k.tenant_id, k.period_number, k.revision, k.invoice_key, k.is_ours, k.link_source,
        i.xero_invoice_id, i.invoice_number, i.invoice_status, i.reference, i.issued_on, i.due_on, i.currency_code,
        i.currency_rate, i.line_amount_types, i.amount_subtotal, i.amount_total, i.is_deleted, i.contact_key,
        c.resolved_contact_key, epoch_us(i.updated_at) as updated_us, n.lines
    from billing.invoice_links k
    left join core.invoices i on i.invoice_key = k.invoice_key
    left join core.contacts c on c.contact_key = i.contact_key
    left join invoice_lines n on n.invoice_key = k.invoice_key
),
of_period as (
    select sf_opportunity_id, period_number, list({
        'invoice_key': invoice_key, 'revision': revision, 'is_ours': is_ours, 'xero_invoice_id': xero_invoice_id,
        'invoice_number': invoice_number, 'invoice_status': invoice_status, 'reference': reference,
        'issued_on': issued_on, 'due_on': due_on, 'currency_code': currency_code, 'currency_rate': currency_rate,
        'line_amount_types': line_amount_types, 'amount_subtotal': amount_subtotal, 'amount_total': amount_total,
        'is_deleted': is_deleted, 'contact_key': contact_key, 'resolved_contact_key': resolved_contact_key, 'updated_us': updated_us, 'lines': lines
    } order by revision, invoice_key) as invoices
    from invoices
    where link_source in ('ledger', 'reference')
    group by sf_opportunity_id, period_number
),
of_deal as (
    select sf_opportunity_id,
        any_value(invoice_number) filter (link_source in ('stored', 'quote') and invoice_status not in ('VOIDED', 'DELETED')
            and not is_deleted) as billed_otherwise,
        bool_or(link_source in ('ledger', 'reference')) as is_billed_by_us,
        sum(if(line_amount_types = 'Inclusive', amount_total, amount_subtotal))
            filter (invoice_status not in ('VOIDED', 'DELETED') and not is_deleted) as deal_billed
    from invoices
    group by sf_opportunity_id
),
sent as (
    select
        split_part(split_part(target_key, ':', 2), '/', 1) as sf_opportunity_id,
        try_cast(split_part(split_part(target_key, ':', 2), '/', 2) as integer) as period_number,
        list({
            'write_id': write_id, 'kind': kind, 'target_key': target_key, 'remote_id': remote_id,
            'payload': payload::varchar, 'wanted': w.lines::varchar, 'confirmed_at': attempted_at,
            'is_gone': coalesce(n.is_gone, false)
        } order by attempt_number) as written
    from ledger.attempts t
    left join billing.wanted w using (write_id)
    left join (
        select xero_credit_id, credit_status in ('VOIDED', 'DELETED') or is_deleted as is_gone from core.credits
    ) n on n.xero_credit_id = t.remote_id and t.kind = 'credit_note.create'
    where state = 'confirmed' and kind in ('invoice.create', 'invoice.update', 'credit_note.create')
        and target_key like '%:006%/%'
    group by all
)
select s.*, p.invoices, t.written, f.billed_otherwise, coalesce(f.is_billed_by_us, false) as is_billed_by_us, f.deal_billed,
    l.lines
from scheduled s
left join of_period p using (sf_opportunity_id, period_number)
left join of_deal f using (sf_opportunity_id)
left join sent t using (sf_opportunity_id, period_number)
left join (
    select sf_opportunity_id, period_number, list({
        'description': description, 'item_code': item_code, 'quantity': quantity, 'unit_amount': unit_amount,
        'discount_rate': discount_rate, 'account_code': account_code, 'tax_type': tax_type, 'tracking': tracking,
        'amount_line': amount_line
    } order by line_number) as lines
    from billing.schedule_lines
    group by sf_opportunity_id, period_number
) l using (sf_opportunity_id, period_number)
where p.invoices is not null or s.hold_reason is not null or s.bill_on <= s.today + $lead_days::integer
order by s.sf_opportunity_id, s.period_number
