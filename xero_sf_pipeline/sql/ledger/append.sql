-- Adds attempts to the ledger. Grain: one row per attempt of a write; key attempt_id. Rows are never changed.
-- `new_attempts` is an Arrow table; the newest row per write_id (by attempt_number) is the write's state.
insert into ledger.attempts by name
select * from new_attempts
