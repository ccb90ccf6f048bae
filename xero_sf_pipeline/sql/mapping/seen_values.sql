-- Grain: one row per (xero_key, field): what each side says now. Durable, so that the next run can tell a change.
-- Of our own copies (mirrors) nothing is remembered: Xero always wins there.
insert into mapping.seen_values by name
select xero_key, field, sf_key, xero_value, xero_changed_at, sf_value, sf_changed_at
from mapping.field_values
where sf_object <> 'Xero_Invoice__c'
