-- Grain: one row, the payment, with what it pays.
select p.*, coalesce(i.invoice_number, c.credit_note_number, p.document_key) as document_number, i.amount_due as document_due
from seen_core_payments p
left join seen_core_invoices i on i.invoice_key = p.document_key
left join seen_core_credits c on c.credit_key = p.document_key
where p.payment_key = $key
