-- Grain: one row per kind whose records have more than one write in the plan. Key: kind. Must have no rows.
-- Two writes of one kind on one record would overtake each other, or the same write would go out twice. A product has a
-- price for each currency under one code: those are different records.
with doubled as (
    select c.kind, c.target_system, c.target_object, coalesce(c.target_id, c.target_key) as target_key,
        json_extract_string(c.payload, '$.CurrencyIsoCode') as currency_code, count(*) as write_count
    from candidate_writes c
    join dispositions d on d.write_id = c.write_id and d.refusal is null
    group by all
    having count(*) > 1
)
select kind, count(*) as record_count, min(target_key) as example
from doubled
group by kind
order by kind
