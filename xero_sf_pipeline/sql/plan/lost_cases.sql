-- Grain: one row per case that we opened and whose key Salesforce no longer holds. Key: case_key.
-- The record is found by its id: deleted, or alive with the key taken away (taken over), or not read back yet.
create or replace temp table lost_cases as
select
    t.target_key as case_key, t.remote_id as sf_case_id, c.case_number,
    case
        when c.is_deleted then 'case_deleted'
        when c.sf_case_id is not null then 'case_taken_over'
        when t.confirmed_at > $now::timestamptz - to_hours($read_back_hours) then 'awaiting_read_back'
        else 'case_deleted'
    end as exclusion
from confirmed_targets t
left join core.cases c on c.sf_case_id = t.remote_id
anti join mirrored_cases m on m.case_key = t.target_key
where t.target_object = 'Case'
