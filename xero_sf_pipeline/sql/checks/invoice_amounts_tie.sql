-- Grain of an offender: one per sales invoice whose amount due is not total - paid - credited, to the cent.
select invoice_key as record_key, amount_total, amount_paid, amount_credited, amount_due
from core.invoices
where invoice_type = 'ACCREC' and invoice_status in ('AUTHORISED', 'PAID')
  and abs(amount_due - (amount_total - amount_paid - amount_credited)) >= 0.005
