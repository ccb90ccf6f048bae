-- Grain: one row per field of the record that follows one of the other system, or is followed by it (contact details and
-- the policy's mappings). Key: xero_key, field.
select field, xero_object, subject, xero_key, xero_text, sf_text,
    xero_value is not distinct from sf_value as is_same, coalesce(to_salesforce_problem, to_xero_problem) as problem
from seen_mapping_field_values
where list_contains($keys::varchar[], sf_record_id) or list_contains($keys::varchar[], sf_key)
    or list_contains($keys::varchar[], xero_key)
order by field, xero_key
limit 50
