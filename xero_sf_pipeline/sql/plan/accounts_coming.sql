-- Grain: one row per contact whose account is about to exist. Key: contact_key.
-- Planned now: `write_id` is the write that others wait for. Created by an earlier push and not read back yet: null,
-- since the account is there already and its external key can be named. Of an organisation with stale facts: null too;
-- what depends on it waits for the same reason. One that a person rejected is not coming.
create or replace temp table accounts_coming as
select c.source_id as contact_key, case when d.refusal is null then c.write_id end as write_id
from candidate_writes c
join dispositions d on d.write_id = c.write_id
join automation a on a.kind = c.kind and a.automation <> 'off'
where c.kind = 'account.create' and (d.refusal is null or d.refusal in ('awaiting_read_back', 'source_stale'))
    and not exists (from person_approvals p where p.write_id = c.write_id and p.decision = 'rejected')
