-- Grain: one row, the invoice, with who it is and where it stands.
select i.*, g.organisation_name, g.time_zone, k.contact_name, k.resolved_contact_key, l.outcome, l.sf_account_id,
    l.method, l.explanation as match_explanation, l.decided_by, a.account_name, s.document_status, s.days_late,
    s.exchange_rate, s.rate_source, s.as_of_at as status_as_of_at, m.sf_xero_invoice_id,
    m.document_status as sf_document_status, m.amount_total as sf_amount_total, m.amount_due as sf_amount_due,
    m.amount_paid as sf_amount_paid, m.amount_credited as sf_amount_credited, m.as_of_at as sf_as_of_at,
    o.as_of_on as overdue_as_of_on, o.days_overdue, o.ageing_bucket, o.exclusion, o.amount_unallocated_credit
from seen_core_invoices i
left join seen_core_organisations g on g.tenant_id = i.tenant_id
left join seen_core_contacts k on k.contact_key = i.contact_key
left join seen_matching_links l on l.contact_key = coalesce(k.resolved_contact_key, i.contact_key)
left join seen_core_accounts a on a.sf_account_id = l.sf_account_id
left join seen_receivables_invoice_status s on s.document_key = i.invoice_key
left join seen_core_xero_invoices m on m.document_key = i.invoice_key
left join (
    from seen_receivables_overdue_invoices
    where invoice_key = $key
    qualify row_number() over (order by as_of_on desc) = 1
) o on o.invoice_key = i.invoice_key
where i.invoice_key = $key
