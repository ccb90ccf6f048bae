-- The cause is gone: its episode ends. A task of it is closed then, and the next time is an episode of its own.
update receivables.alerts as e
set ended_on = $as_of_day::date, updated_at = $as_of::timestamptz
where e.ended_on is null
    and not exists (from receivables.alert_causes c where c.sf_account_id = e.sf_account_id and c.reason = e.reason)
