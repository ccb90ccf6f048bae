-- Grain: one row per (contact_key, field): what each side says now. Durable, so that the next run can tell a change.
insert into parties.seen_values by name
select contact_key, field, sf_account_id, xero_value, xero_changed_at, sf_value, sf_changed_at
from parties.field_values
