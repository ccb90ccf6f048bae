-- Grain: one row per difference of the record between the systems, with its reason.
select measure, side, amount_expected, amount_found, amount_difference, currency_code, reason, explanation, write_id, as_of_at
from seen_reporting_control_differences
where record_key = $key
order by side, measure, reason
