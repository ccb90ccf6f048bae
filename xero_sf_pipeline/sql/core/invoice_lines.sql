-- Grain: one row per line of an invoice or bill. Key: (invoice_key, line_number). Amounts are in currency_code.
create or replace table core.invoice_lines as
select
    i.tenant_id || ':' || i.xero_invoice_id as invoice_key,
    n as line_number,
    i.line_items[n].xero_line_item_id as xero_line_item_id,
    i.line_items[n].description as description,
    i.line_items[n].item_code as item_code,
    i.line_items[n].quantity as quantity,
    i.line_items[n].unit_amount as unit_amount,
    i.line_items[n].discount_rate as discount_rate,
    i.line_items[n].account_code as account_code,
    i.line_items[n].tax_type as tax_type,
    i.line_items[n].amount_tax as amount_tax,
    i.line_items[n].amount_line as amount_line,
    i.line_items[n].tracking as tracking,
    i.currency_code
from raw_xero.invoices_current i, unnest(range(1, len(i.line_items) + 1)) as lines(n);
