-- Grain: one row per overdue invoice of the newest planned day. Key: invoice_key.
-- Every overdue invoice ends in exactly one place: a case (held by Salesforce or planned), a match that a person
-- reviews, or a stated exclusion. `coverage = 'unexplained'` is a defect; `select count(*) ... = 0` is the check.
create or replace view plan.invoice_coverage as
with newest as (
    select tenant_id, max(as_of_on) as as_of_on
    from receivables.balances
    where as_of_on <= (select coalesce(max(planned_at), now()) from plan.runs)::date + 1
    group by tenant_id
),
overdue as (
    select o.*,
        o.tenant_id || ':account:' || o.sf_account_id || ':' || o.currency_code as account_case_key
    from receivables.overdue_invoices o
    semi join newest n on n.tenant_id = o.tenant_id and n.as_of_on = o.as_of_on
),
held_cases as (
    select invoice_key as case_key, any_value(sf_case_id) as sf_case_id
    from core.cases
    where invoice_key is not null and not is_deleted
    group by invoice_key
),
planned_cases as (
    select target_key as case_key, any_value(write_id) as write_id
    from plan.writes
    where kind = 'case.open'
    group by target_key
),
exclusions as (
    select subject_key, any_value(reason) as reason
    from plan.exclusions
    where subject_table = 'receivables.overdue_invoices'
    group by subject_key
)
select
    o.as_of_on, o.tenant_id, o.invoice_key, o.invoice_number, o.currency_code, o.amount_due,
    case
        when h.case_key is not null then 'case'
        when p.case_key is not null then 'case_planned'
        when o.exclusion is not null then 'exclusion'
        when ha.case_key is not null then 'case'
        when pa.case_key is not null then 'case_planned'
        when coalesce(e.reason, ea.reason) = 'match_in_review' then 'match_review'
        when coalesce(e.reason, ea.reason) is not null then 'exclusion'
        else 'unexplained'
    end as coverage,
    coalesce(h.sf_case_id, p.write_id, o.exclusion, ha.sf_case_id, pa.write_id, e.reason, ea.reason) as evidence
from overdue o
left join held_cases h on h.case_key = o.invoice_key
left join held_cases ha on ha.case_key = o.account_case_key
left join planned_cases p on p.case_key = o.invoice_key
left join planned_cases pa on pa.case_key = o.account_case_key
left join exclusions e on e.subject_key = o.invoice_key
left join exclusions ea on ea.subject_key = o.account_case_key
