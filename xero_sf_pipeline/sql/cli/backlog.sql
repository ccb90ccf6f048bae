-- Grain: one row per thing that waits: for a push, a person, or better data.
select 'writes planned' as waiting, count(*) as things from plan.writes
union all
select 'writes that need approval', count(*) from plan.writes where approval = 'needs_approval'
union all
select 'matches to review', count(*) from matching.links where outcome = 'review'
union all
select 'writes rejected', count(*) from ledger.current where state = 'rejected'
union all
select 'writes without a known outcome', count(*) from ledger.current where state in ('intent', 'sent', 'unknown')
union all
select 'records in quarantine', count(*) from ops.quarantine where resolved_at is null
union all
select 'drifts from the contract', count(*) from ops.drift
