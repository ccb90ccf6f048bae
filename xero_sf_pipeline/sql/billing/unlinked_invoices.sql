-- Grain: one row per live sales invoice that belongs to no opportunity, of a contact that won deals may be billed to.
-- Key: invoice_key. contact_key follows merges. Amounts in currency_code: net before tax, total with it.
select
    i.tenant_id, i.invoice_key, i.xero_invoice_id, i.invoice_number, coalesce(c.resolved_contact_key, i.contact_key) as contact_key,
    i.currency_code, i.issued_on, coalesce(i.amount_subtotal, i.amount_total - coalesce(i.amount_tax, 0)) as amount_net,
    i.amount_total
from core.invoices i
left join core.contacts c on c.contact_key = i.contact_key
anti join billing.invoice_links k on k.invoice_key = i.invoice_key
semi join (
    select l.contact_key
    from matching.links l
    semi join (select sf_account_id from core.opportunities where is_won) o on o.sf_account_id = l.sf_account_id
    where l.outcome = 'linked'
    union all
    select contact_key from core.contacts where contact_number like '001_______________'
) b on b.contact_key = coalesce(c.resolved_contact_key, i.contact_key)
where i.invoice_type = 'ACCREC' and not i.is_deleted and coalesce(i.invoice_status, '') not in ('VOIDED', 'DELETED')
    and i.issued_on is not null
order by i.issued_on, i.invoice_key
