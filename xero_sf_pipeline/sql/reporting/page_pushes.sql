-- Grain: one row per (UTC day, kind): how the writes of the last 14 days on which anything was sent ended.
with newest as (
    from seen_ledger_attempts
    where state in ('confirmed', 'rejected', 'unknown', 'sent', 'intent', 'drifted')
    qualify row_number() over (partition by write_id order by attempt_number desc) = 1
),
dated as (select *, attempted_at::date as sent_on from newest),
days as (select distinct sent_on from dated order by sent_on desc limit 14)
select d.sent_on, d.kind, count(*) filter (d.state = 'confirmed') as confirmed_count,
    count(*) filter (d.state = 'rejected') as rejected_count,
    count(*) filter (d.state in ('unknown', 'sent', 'intent')) as open_count,
    count(*) filter (d.state = 'drifted') as drifted_count
from dated d
semi join days using (sent_on)
group by all
order by d.sent_on desc, d.kind
