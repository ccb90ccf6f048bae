-- Grain: one row per live opportunity. Key: sf_opportunity_id.
-- amount, amount_billed, amount_paid and amount_invoice_due are in currency_code (null in a one-currency org).
-- xero_quote_id holds the quote_key of the quote that made it. mapped_fields: further fields that the policy names.
create or replace table core.opportunities as
select
    sf_opportunity_id,
    sf_account_id,
    opportunity_name,
    stage_name,
    coalesce(is_won, false) as is_won,
    coalesce(is_closed, false) as is_closed,
    close_on,
    amount,
    currency_code,
    opportunity_type,
    record_type,
    owner_sf_user_id,
    description,
    sf_pricebook_id,
    coalesce(has_lines, false) as has_lines,
    xero_invoice_id,
    xero_invoice_number,
    xero_invoice_status,
    xero_url,
    amount_billed,
    amount_paid,
    amount_invoice_due,
    invoice_count,
    xero_quote_id,
    mapped_fields,
    created_at,
    updated_at
from raw_salesforce.opportunities_current
where not is_deleted;
