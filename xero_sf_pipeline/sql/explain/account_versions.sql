-- Grain: one row per version of the account that was read, the newest first.
select account_name, payment_status, amount_outstanding, amount_overdue, amount_unallocated_credit, updated_at, known_from,
    known_to, is_deleted, run_id
from seen_raw_salesforce_accounts
where sf_account_id = $key
order by known_from desc
limit 20
