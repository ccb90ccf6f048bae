-- Grain: one row per thing about the keys that the newest plan deliberately does not write.
select kind, reason, explanation, amount, currency_code, plan_id
from seen_plan_exclusions
where list_contains($keys::varchar[], subject_key)
order by kind, reason, explanation
limit 50
