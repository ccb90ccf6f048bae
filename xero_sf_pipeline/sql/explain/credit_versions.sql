-- Grain: one row per version of the credit note that was read, the newest first.
select credit_status as status, amount_total, amount_remaining, updated_at, known_from, known_to, is_deleted, run_id
from seen_raw_xero_credit_notes
where tenant_id || ':' || xero_credit_note_id = $key
order by known_from desc
limit 20
