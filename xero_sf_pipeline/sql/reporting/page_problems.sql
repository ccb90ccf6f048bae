-- Grain: one row per thing that somebody should look at in the mirror itself.
select 'records that could not be read (ops.quarantine)' as problem, count(*) as problem_count
from seen_ops_quarantine where resolved_at is null
union all
select 'contacts whose account waits for a decision (xero-sf matches list)', count(*)
from seen_matching_links where outcome = 'review'
union all
select 'fields or values that this version does not know (ops.drift)', count(*) from seen_ops_drift
