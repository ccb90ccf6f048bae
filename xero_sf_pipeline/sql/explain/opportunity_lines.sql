-- Grain: one row per line of the opportunity.
select line_name, product_code, quantity, amount_unit, amount_total
from seen_core_opportunity_lines
where sf_opportunity_id = $key
order by sort_order, sf_opportunity_line_id
