-- Grain: one row per Salesforce object that every decision rests on. Key: entity. When it was last read; null: never.
-- No rows when the warehouse has no record of any extraction: it was filled by hand and is taken as it is.
select e.entity, max(x.finished_at) as read_at
from (values ('accounts'), ('cases')) e (entity)
left join ops.extracts x on x.source = 'salesforce' and x.entity = e.entity and x.mode <> 'range'
where exists (from ops.extracts)
group by e.entity
order by e.entity
