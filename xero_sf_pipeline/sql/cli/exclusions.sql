-- Grain: one row per thing that the newest plan deliberately does not write.
select * from plan.exclusions order by reason, subject_key
