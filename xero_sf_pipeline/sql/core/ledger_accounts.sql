-- Grain: one row per account of the chart of accounts, archived ones included. Key: (tenant_id, xero_account_id);
-- account_code is unique where there is one (bank accounts may lack it).
create or replace table core.ledger_accounts as
select
    tenant_id,
    xero_account_id,
    account_code,
    account_name,
    account_type,
    account_class,
    account_status,
    system_account,
    tax_type
from raw_xero.accounts_current
where not is_deleted;
