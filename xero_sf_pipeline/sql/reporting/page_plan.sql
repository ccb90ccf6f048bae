-- Grain: one row per (kind, approval, currency) of the newest plan.
select w.kind, w.approval, w.currency_code, count(*) as write_count, sum(w.amount) as amount
from seen_plan_writes w
group by all
order by all
