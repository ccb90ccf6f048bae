-- Grain: one row per candidate write. Key: write_id. What the ledger says about sending it (again).
-- `refusal` is null when it may be planned. Confirmed but not yet seen in the mirror: wait for the read-back. Rejected
-- for good, or too often: parked until data, policy or a person changes it, because then the write_id changes or the
-- newest attempt is `retry_requested`. Source stale: its organisation's facts are too old; to say just that (facts_stale) it may go. Dismissed: a person said no. A call that was refused as a whole (a limit, the
-- credentials: any status but 200) is not the record's fault and parks nothing. Failures are counted once per push.
create or replace temp table dispositions as
with failures as (
    select
        a.write_id,
        count(distinct coalesce(a.run_id, a.attempt_id))
            filter (a.state = 'rejected' and a.error_class = 'transient') as transient_count
    from ledger.attempts a
    semi join candidate_writes c on c.write_id = a.write_id
    where a.attempt_number > coalesce(
        (select max(r.attempt_number) from ledger.attempts r
            where r.write_id = a.write_id and r.state = 'retry_requested'), 0)
    group by a.write_id
)
select
    c.write_id, l.state, l.error_class, l.error_code, l.message, l.attempted_at,
    case
        when l.state = 'dismissed' then 'dismissed'
        when l.state = 'rejected' and l.error_class = 'transient' then
            case when f.transient_count >= $max_attempts then 'parked' end
        when l.state = 'rejected' and l.error_class in ('limit', 'auth') then
            case when l.http_status = 200 then 'parked' end
        when l.state = 'rejected' then 'parked'
        when (l.state = 'drifted' or (l.state = 'confirmed' and t.write_id = c.write_id))
            and l.attempted_at > $now::timestamptz - to_hours($read_back_hours)
            and coalesce(c.target_updated_us, 0) <= epoch_us(l.attempted_at)
            then 'awaiting_read_back'
        when s.tenant_id is not null and c.reason <> 'facts_stale' then 'source_stale'
    end as refusal, s.problem as stale_because
from candidate_writes c
left join ledger.current l on l.write_id = c.write_id
left join stale_tenants s on s.tenant_id = c.tenant_id
left join failures f on f.write_id = c.write_id
left join confirmed_targets t on t.target_object = c.target_object and t.target_key = c.target_key
