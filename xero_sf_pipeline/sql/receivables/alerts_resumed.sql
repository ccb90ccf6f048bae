-- The cause came back while the task of its last time is still open: the same episode goes on, nothing flaps.
update receivables.alerts as e
set ended_on = null, updated_at = $as_of::timestamptz
where e.ended_on is not null
    and exists (
        from receivables.alert_causes c
        where c.sf_account_id = e.sf_account_id and c.reason = e.reason
    )
    and exists (from core.tasks t where t.alert_key = e.alert_key and not t.is_closed and not t.is_deleted)
    and not exists (
        from receivables.alerts o
        where o.sf_account_id = e.sf_account_id and o.reason = e.reason and o.ended_on is null
    )
