-- Grain: one row per (reason, kind, currency): what the newest plan looked at and deliberately does not write.
select reason, kind, currency_code, count(*) as record_count, sum(amount) as amount,
    min(explanation) as example
from seen_plan_exclusions
group by all
order by record_count desc, reason, kind, currency_code
