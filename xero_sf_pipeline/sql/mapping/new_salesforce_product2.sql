-- Grain: one row per product with fields that the policy names. Key: the first column.
select sf_product_id, null::varchar, mapped_fields::varchar, null::varchar
from core.products
where mapped_fields is not null
