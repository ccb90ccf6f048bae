-- Grain: one row per version of the case that was read, the newest first.
select case_number, case_status, amount_due, updated_at, known_from, known_to, is_deleted, run_id
from seen_raw_salesforce_cases
where sf_case_id = $key
order by known_from desc
limit 20
