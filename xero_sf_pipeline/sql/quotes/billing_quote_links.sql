-- Grain: one row per invoice of a quote's opportunity: what billing must not bill again. Without invoice_key while it is
-- not clear which invoice it was; such an opportunity waits for a person.
insert into quotes.billing_quote_links by name
select o.sf_opportunity_id, l.quote_key, l.invoice_key, 'quote' as link_source, l.outcome
from quotes.invoice_links l
join core.opportunities o on lower(o.xero_quote_id) = lower(l.quote_key)
