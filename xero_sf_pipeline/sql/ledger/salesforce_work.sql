-- Grain: one row: whether a push has anything to send to Salesforce or to look up there.
select
    exists (select 1 from plan.writes where target_system = 'salesforce')
    or exists (
        select 1 from ledger.current where target_system = 'salesforce' and state in ('intent', 'sent', 'unknown')
    ) as has_work
