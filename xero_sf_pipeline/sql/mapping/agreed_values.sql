-- Grain: one row per (xero_key, field): where both sides say the same, in comparable form, that is agreed.
-- It is also how our own writes are known again: once read back, both sides are equal.
insert into mapping.agreed_values by name
select v.xero_key, v.field, v.sf_key, v.xero_value as agreed_value, v.xero_text, v.sf_text,
    $now::timestamptz as agreed_at
from mapping.field_values v
anti join mapping.agreed_values a on a.xero_key = v.xero_key and a.field = v.field
where v.xero_value is not distinct from v.sf_value
