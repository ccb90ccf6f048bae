-- Grain: one row per mirrored entity that was read to its end at least once.
select distinct source, entity from ops.extracts
