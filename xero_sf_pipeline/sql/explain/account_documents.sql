-- Grain: one row per open sales invoice or credit of the account, with the version of its source row.
-- Where payment status was not derived, from the canonical tables: without a rate, so currencies stay apart.
with documents as (
    select s.document_key, s.document_kind, s.document_number, s.currency_code, s.amount_due, s.due_on, s.as_of_on,
        s.exchange_rate, s.rate_source
    from seen_receivables_invoice_status s
    where s.sf_account_id = $key and s.is_claim and s.amount_due > 0
    union all by name
    select c.credit_key as document_key, c.credit_kind as document_kind, replace(c.credit_kind, '_', ' ') as document_number,
        c.currency_code, c.amount_remaining as amount_due, c.issued_on as due_on,
        (select any_value(exchange_rate) from seen_receivables_invoice_status x where x.currency_code = c.currency_code and x.exchange_rate = 1) as exchange_rate
    from seen_core_credits c
    join seen_core_contacts k on k.contact_key = c.contact_key
    join seen_matching_links l on l.contact_key = coalesce(k.resolved_contact_key, c.contact_key) and l.outcome = 'linked'
    where l.sf_account_id = $key and c.credit_kind <> 'credit_note' and c.credit_status in ('AUTHORISED', 'PAID')
        and c.credit_type in ('RECEIVE-OVERPAYMENT', 'AROVERPAYMENT', 'RECEIVE-PREPAYMENT', 'ARPREPAYMENT')
        and not c.is_deleted and c.amount_remaining > 0
    union all by name
    select i.invoice_key as document_key, 'invoice' as document_kind, i.invoice_number as document_number, i.currency_code,
        i.amount_due, i.due_on
    from seen_core_invoices i
    join seen_core_contacts k on k.contact_key = i.contact_key
    join seen_matching_links l on l.contact_key = coalesce(k.resolved_contact_key, i.contact_key) and l.outcome = 'linked'
    where l.sf_account_id = $key and i.invoice_type = 'ACCREC' and i.invoice_status in ('AUTHORISED', 'PAID')
        and not i.is_deleted and i.amount_due > 0 and not exists (from seen_receivables_invoice_status)
)
select d.*, r.known_from, r.run_id
from documents d
left join seen_raw_xero_invoices r on r.tenant_id || ':' || r.xero_invoice_id = d.document_key and r.known_to is null
order by d.document_kind desc, d.due_on, d.document_number, d.document_key
