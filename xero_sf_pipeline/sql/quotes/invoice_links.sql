-- Grain: one row per invoice of a quote; an invoiced quote whose invoice is not clear has one row without invoice_key.
-- Xero keeps no link from a quote to its invoice. Rules, the strongest first, within one contact and currency:
--   reference: the invoice's reference names the quote's number as a word (several part invoices may)
--   same_reference: both carry the same reference and the same total
--   amount_and_date: an invoiced quote; the same total, dated from the quote's day on, within $invoice_within_days
-- The last two take one invoice that no other quote claims as well or better. Invoices of our own billing are no quote's.
insert into quotes.invoice_links by name
with resolved as (
    select contact_key, coalesce(resolved_contact_key, contact_key) as party_key
    from core.contacts
),
candidates as (
    select
        q.quote_key, q.tenant_id, q.quote_number, q.quote_status, i.invoice_key, i.invoice_number,
        case
            when list_contains(string_split_regex(lower(i.reference), '[\s,;/]+'), lower(trim(q.quote_number))) then 1
            when lower(trim(i.reference)) = lower(trim(q.reference)) and i.amount_total = q.amount_total then 2
            when q.quote_status = 'INVOICED' and i.amount_total = q.amount_total
                and i.issued_on between q.quoted_on and q.quoted_on + $invoice_within_days::integer then 3
        end as strength
    from core.quotes q
    join resolved qc on qc.contact_key = q.contact_key
    join resolved ic on ic.party_key = qc.party_key
    join core.invoices i on i.contact_key = ic.contact_key and i.currency_code = q.currency_code
    where q.quote_status in ('INVOICED', 'ACCEPTED') and not q.is_deleted
        and i.invoice_type = 'ACCREC' and i.invoice_status not in ('DELETED', 'VOIDED') and not i.is_deleted
        and not regexp_matches(coalesce(i.reference, ''), '^006[A-Za-z0-9]{15}/')
),
strongest as (
    select *, min(strength) over (partition by quote_key) as best, min(strength) over (partition by invoice_key) as best_claim
    from candidates
    where strength is not null
),
claims as (
    -- An invoice belongs to the quote that names it; a weaker claim of another quote to it is none.
    select *,
        count(*) over (partition by quote_key) as invoice_count,
        count(*) over (partition by invoice_key) as quote_count
    from strongest
    where strength = best and strength = best_claim
),
linked as (
    select *
    from claims
    where strength = 1 or (invoice_count = 1 and quote_count = 1)
)
select
    quote_key, tenant_id, invoice_key, 'linked' as outcome,
    case strength when 1 then 'reference' when 2 then 'same_reference' else 'amount_and_date' end as rule,
    invoice_count::integer as candidate_count,
    'Invoice ' || coalesce(invoice_number, invoice_key) || case strength
        when 1 then ' names quote ' || quote_number || ' in its reference.'
        when 2 then ' has the reference and the total of quote ' || coalesce(quote_number, quote_key) || '.'
        else ' has the total of the invoiced quote ' || coalesce(quote_number, quote_key) || ' and was made after it.'
    end as explanation
from linked
union all
select
    q.quote_key, q.tenant_id, null, 'review', case when count(c.invoice_key) > 0 then 'ambiguous' else 'none' end,
    count(c.invoice_key)::integer,
    'Quote ' || coalesce(any_value(q.quote_number), q.quote_key) || ' is invoiced in Xero, and '
        || case when count(c.invoice_key) > 0 then count(c.invoice_key) || ' invoices could be it ('
            || string_agg(coalesce(c.invoice_number, c.invoice_key), ', ' order by c.invoice_number) || ')'
            else 'no invoice of the contact names it or has its total' end
        || '. Put the quote''s number into the reference of its invoice.'
from core.quotes q
left join claims c on c.quote_key = q.quote_key
where q.quote_status = 'INVOICED' and not q.is_deleted
    and not exists (from linked l where l.quote_key = q.quote_key)
group by q.quote_key, q.tenant_id
