-- Grain: one row per Xero invoice that belongs to an opportunity. Key: (sf_opportunity_id, invoice_key).
-- Known by our reference in it, by the ledger (also before the mirror shows it, or after its reference was changed), by
-- the id on the opportunity, or as the invoice made of the opportunity's quote. The last two bill the whole deal.
-- is_ours: a confirmed write of ours made it. A copy of our invoice made in Xero carries our reference too.
delete from billing.invoice_links;
insert into billing.invoice_links by name
with referenced as (
    select
        tenant_id, invoice_key,
        regexp_extract(reference, '^(006[A-Za-z0-9]{15})/([1-9][0-9]{0,3})(?:/r([1-9][0-9]{0,3}))?(?: .*)?$',
            ['opportunity', 'period', 'revision']) as parts
    from core.invoices
    where invoice_type = 'ACCREC' and reference like '006%/%'
),
made as (
    select
        split_part(target_key, ':', 1) as tenant_id, split_part(target_key, ':', 1) || ':' || remote_id as invoice_key,
        regexp_extract(split_part(target_key, ':', 2), '^(006[A-Za-z0-9]{15})/([1-9][0-9]{0,3})(?:/r([1-9][0-9]{0,3}))?$',
            ['opportunity', 'period', 'revision']) as parts
    from ledger.attempts
    where state = 'confirmed' and kind = 'invoice.create' and remote_id is not null
),
found as (
    select parts.opportunity as sf_opportunity_id, tenant_id, invoice_key, parts.period::integer as period_number,
        coalesce(try_cast(parts.revision as integer), 1) as revision, 'ledger' as link_source, true as is_ours, 1 as preference
    from made where parts.opportunity <> ''
    union all
    select parts.opportunity, tenant_id, invoice_key, parts.period::integer,
        coalesce(try_cast(parts.revision as integer), 1), 'reference', false, 2
    from referenced where parts.opportunity <> ''
    union all
    select o.sf_opportunity_id, i.tenant_id, i.invoice_key, 1, 1, 'stored', false, 3
    from core.opportunities o
    join core.invoices i on i.xero_invoice_id = o.xero_invoice_id and i.invoice_type = 'ACCREC'
    union all
    select sf_opportunity_id, split_part(invoice_key, ':', 1), invoice_key, 1, 1, 'quote', false, 4
    from quotes.billing_quote_links
    where outcome = 'linked' and invoice_key is not null
)
select sf_opportunity_id, tenant_id, invoice_key, period_number, revision, link_source, is_ours
from found
qualify row_number() over (partition by sf_opportunity_id, invoice_key order by preference) = 1
