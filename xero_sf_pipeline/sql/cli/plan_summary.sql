-- Grain: one row per kind, approval and currency of the newest plan. amount is in currency_code.
select kind, approval, currency_code as currency, count(*) as writes, sum(amount) as amount, any_value(explanation) as example
from plan.writes group by all order by kind, approval, currency
