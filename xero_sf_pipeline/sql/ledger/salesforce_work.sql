-- Grain: one row: whether a push has anything to do with Salesforce: something to send or to look up there, or no plan
-- that says otherwise.
select
    not exists (select 1 from plan.writes)
    or exists (select 1 from plan.writes where target_system = 'salesforce')
    or exists (
        select 1 from ledger.current where target_system = 'salesforce' and state in ('intent', 'sent', 'unknown')
    ) as has_work
