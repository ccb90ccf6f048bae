-- Grain: one row per Xero quote, deleted ones included. Key: quote_key.
-- Amounts are in currency_code. xero_url is Xero's deep link (short code of the organisation).
create or replace table core.quotes as
select
    q.tenant_id || ':' || q.xero_quote_id as quote_key,
    q.tenant_id,
    q.xero_quote_id,
    q.tenant_id || ':' || q.xero_contact_id as contact_key,
    q.quote_number,
    q.reference,
    q.quote_status,
    q.title,
    q.summary,
    q.quoted_on,
    q.expires_on,
    q.currency_code,
    q.currency_rate,
    q.line_amount_types,
    q.amount_subtotal,
    q.amount_tax,
    q.amount_total,
    q.amount_discount,
    q.is_deleted,
    q.updated_at,
    case when o.short_code is not null then
        'https://go.xero.com/app/' || o.short_code || '/quotes/view/' || q.xero_quote_id
    end as xero_url
from raw_xero.quotes_current q
left join raw_xero.organisation_current o on o.tenant_id = q.tenant_id;
