-- Grain: one row per mirrored collection of a Xero tenant. Key: (tenant_id, entity). What changed after watermark_at was
-- not known to the newest plan, so a look-up before a create asks from there.
-- A collection that was read again after the plan was made is asked from a day before the plan: a plan is made from a
-- mirror of at most a day's age.
select
    cursors.tenant_id,
    cursors.entity,
    case
        when cursors.moved_at > newest.planned_at
            then least(cursors.watermark_at, newest.planned_at - interval 24 hours)
        else cursors.watermark_at
    end as watermark_at
from ops.cursors as cursors
left join (select max(planned_at) as planned_at from plan.runs) as newest on true
where cursors.source = 'xero' and cursors.watermark_at is not null
