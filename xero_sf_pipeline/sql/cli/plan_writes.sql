-- Grain: one row per write of the newest plan. Key: write_id. amount is in currency_code.
select * from plan.writes order by kind, target_object, target_key, write_id
