-- Grain: one row per live opportunity. Key: sf_opportunity_id. amount is in currency_code (null in a one-currency org).
create or replace table core.opportunities as
select
    sf_opportunity_id, sf_account_id, opportunity_name, stage_name, coalesce(is_won, false) as is_won,
    coalesce(is_closed, false) as is_closed, close_on, amount, currency_code, updated_at
from raw_salesforce.opportunities_current
where not is_deleted;
