-- Grain: one row per line of a quote. Key: (quote_key, line_number). Amounts are in currency_code.
create or replace table core.quote_lines as
with lines as (
    select
        q.tenant_id || ':' || q.xero_quote_id as quote_key,
        q.currency_code,
        generate_subscripts(q.line_items, 1) as line_number,
        unnest(q.line_items) as line
    from raw_xero.quotes_current q
)
select
    quote_key,
    line_number,
    line.xero_line_item_id,
    line.description,
    line.item_code,
    line.quantity,
    line.unit_amount,
    line.discount_rate,
    line.amount_discount,
    line.account_code,
    line.tax_type,
    line.amount_tax,
    line.amount_line,
    line.tracking,
    currency_code
from lines;
