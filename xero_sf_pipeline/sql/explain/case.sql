-- Grain: one row, the case.
select c.*, a.account_name
from seen_core_cases c
left join seen_core_accounts a on a.sf_account_id = c.sf_account_id
where c.sf_case_id = $key
