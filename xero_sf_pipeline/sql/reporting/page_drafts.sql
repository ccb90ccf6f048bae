-- Grain: one row per (currency, status) of sales invoices that wait in Xero: drafts, and those submitted for approval.
select currency_code, invoice_status, count(*) as invoice_count, sum(amount_total) as amount_total,
    min(issued_on) as oldest_issued_on
from seen_core_invoices
where invoice_type = 'ACCREC' and invoice_status in ('DRAFT', 'SUBMITTED') and not is_deleted
group by all
order by all
