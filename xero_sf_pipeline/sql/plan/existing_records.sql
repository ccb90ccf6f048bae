-- One row: how many records exist that writes of each kind could touch.
select
    (select count(*) from core.contacts) as contact_count,
    (select count(*) from mirrored_cases where not is_deleted and not is_closed) as open_case_count,
    (select count(*) from mirrored_cases where not is_deleted and is_closed) as closed_case_count,
    (select count(*) from invoice_claims) as overdue_invoice_count,
    (select max(write_count) from (
        select write_count from plan.runs where not is_held order by planned_at desc limit $recent_runs
    )) as recent_maximum
