-- Grain: one row per Salesforce case, deleted ones kept and flagged. Key: sf_case_id. amount_due is in currency_code.
create or replace table core.cases as
select
    sf_case_id,
    case_number,
    sf_account_id,
    subject,
    case_status,
    priority,
    case_type,
    origin,
    owner_sf_user_id,
    coalesce(is_closed, false) as is_closed,
    invoice_key,
    amount_due,
    xero_currency_code as currency_code,
    due_on,
    stage,
    resolution,
    xero_url,
    is_deleted,
    closed_at,
    created_at,
    updated_at
from raw_salesforce.cases_current;
