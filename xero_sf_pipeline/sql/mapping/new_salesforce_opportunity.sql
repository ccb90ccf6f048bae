-- Grain: one row per won opportunity with fields that the policy names. Key: the first column.
select sf_opportunity_id, null::varchar, mapped_fields::varchar, null::varchar
from core.opportunities
where mapped_fields is not null and is_won
