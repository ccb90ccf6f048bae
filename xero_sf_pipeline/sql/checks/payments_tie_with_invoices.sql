-- Grain of an offender: one per sales invoice whose payments do not add up to its amount paid, to the cent.
select i.invoice_key as record_key, i.amount_paid as amount_on_invoice, coalesce(sum(p.amount_paid), 0) as amount_of_payments
from core.invoices i
left join core.payments p
    on p.document_key = i.invoice_key and p.document_kind = 'invoice' and not p.is_deleted
where i.invoice_type = 'ACCREC' and i.invoice_status in ('AUTHORISED', 'PAID')
group by all
having abs(i.amount_paid - coalesce(sum(p.amount_paid), 0)) >= 0.005
