-- Grain: one row per write in the ledger whose id starts with $prefix, so that a person can type a few characters.
select distinct write_id from ledger.attempts where starts_with(write_id, $prefix) order by write_id limit 3
