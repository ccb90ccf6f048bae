-- Grain of an offender: one per instalment of a deal for which we made several invoices that live.
select k.sf_opportunity_id || '/' || k.period_number || ' revision ' || k.revision as record_key, count(*) as invoice_count
from billing.invoice_links k
join core.invoices i on i.invoice_key = k.invoice_key
where k.is_ours and not i.is_deleted and i.invoice_status not in ('VOIDED', 'DELETED')
group by k.sf_opportunity_id, k.period_number, k.revision
having count(*) > 1
