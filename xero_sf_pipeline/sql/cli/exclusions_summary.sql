-- Grain: one row per reason and currency of the newest plan. amount is in currency_code.
select reason, kind, currency_code as currency, count(*) as things, sum(amount) as amount, any_value(explanation) as example
from plan.exclusions group by all order by things desc, reason
