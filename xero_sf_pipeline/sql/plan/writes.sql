-- Grain: one row per intended write of the newest plan. Key: write_id; at most one per (target_object, target_key).
insert into plan.writes by name
select
    c.write_id, $plan_id as plan_id, c.kind, c.target_system, c.target_object, c.action, c.target_key_field,
    c.target_key, c.target_id, c.tenant_id, c.source_table, c.source_id, c.payload::json as payload,
    c.before::json as before, c.reason, c.explanation, c.amount, c.currency_code, c.depends_on,
    case
        when p.decision = 'rejected' then p.decision
        when p.decision = 'approved' and p.approver_count >= c.approvals_needed then p.decision
        when $is_held or p.decision is not null or c.approvals_needed > 0 then 'needs_approval'
        else a.automation
    end as approval,
    $planned_at::timestamptz as planned_at
from candidate_writes c
join dispositions d on d.write_id = c.write_id and d.refusal is null
join automation a on a.kind = c.kind and a.automation <> 'off'
left join person_approvals p on p.write_id = c.write_id
order by a.kind_rank, c.target_object, c.target_key
