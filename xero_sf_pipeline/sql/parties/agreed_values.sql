-- Grain: one row per (contact_key, field): where both sides say the same, in comparable form, that is agreed.
-- It is also how our own writes are known again: once read back, both sides are equal.
insert into parties.agreed_values by name
select v.contact_key, v.field, v.sf_account_id, v.xero_value as agreed_value, v.xero_text, v.sf_text,
    $now::timestamptz as agreed_at
from parties.field_values v
anti join parties.agreed_values a on a.contact_key = v.contact_key and a.field = v.field
where v.xero_value is not distinct from v.sf_value
