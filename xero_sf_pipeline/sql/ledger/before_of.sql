-- Grain: at most one row: what the newest plan read before the write $write_id. Key: write_id.
select cast(before as varchar) as before, explanation from plan.writes where write_id = $write_id limit 1
