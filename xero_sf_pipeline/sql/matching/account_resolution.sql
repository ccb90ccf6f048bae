-- Where every Salesforce account is now: itself, or the account it was merged into (MasterRecordId), however often.
-- Grain: one row per account. Key: sf_account_id. live_sf_account_id is null when it was deleted without a living master.
create or replace temp table account_resolution as
with recursive steps as (
    select sf_account_id, master_sf_account_id as reached, 1 as step
    from core.accounts where is_deleted and master_sf_account_id is not null
    union all
    select steps.sf_account_id, account.master_sf_account_id, steps.step + 1
    from steps
    join core.accounts as account on account.sf_account_id = steps.reached
    where account.is_deleted and account.master_sf_account_id is not null
      -- A chain of merges is short; the bound only stops a cycle in broken data.
      and steps.step < 20
),
masters as (
    select steps.sf_account_id, max(account.sf_account_id) as live_sf_account_id
    from steps
    join core.accounts as account on account.sf_account_id = steps.reached and not account.is_deleted
    group by steps.sf_account_id
)
select account.sf_account_id,
       if(account.is_deleted, masters.live_sf_account_id, account.sf_account_id) as live_sf_account_id
from core.accounts as account
left join masters on masters.sf_account_id = account.sf_account_id;
