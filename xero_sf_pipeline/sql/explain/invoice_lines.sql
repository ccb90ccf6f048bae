-- Grain: one row per line of the invoice.
select line_number, description, amount_line, amount_tax, account_code, tax_type, item_code
from seen_core_invoice_lines
where invoice_key = $key
order by line_number
