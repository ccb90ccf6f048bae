-- How many writes of the newest plan may go: approved, the plan not held, not already confirmed.
select count(*)
from plan.writes w
join plan.runs r using (plan_id)
left join ledger.current c on c.write_id = w.write_id
where not r.is_held and w.approval in ('auto', 'approved') and coalesce(c.state, '') <> 'confirmed'
