-- Grain: one row per line of an invoice or bill. Key: (invoice_key, line_number). Amounts are in currency_code.
create or replace table core.invoice_lines as
with lines as (
    select
        i.tenant_id || ':' || i.xero_invoice_id as invoice_key,
        i.currency_code,
        generate_subscripts(i.line_items, 1) as line_number,
        unnest(i.line_items) as line
    from raw_xero.invoices_current i
)
select
    invoice_key,
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
