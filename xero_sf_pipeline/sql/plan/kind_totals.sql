-- Grain: one row per kind and currency of the writes that no person has decided about yet: what the guards look at.
select c.kind, c.currency_code, count(*) as write_count, sum(c.amount) as amount
from candidate_writes c
join dispositions d on d.write_id = c.write_id and d.refusal is null
join automation a on a.kind = c.kind and a.automation <> 'off'
anti join person_approvals p on p.write_id = c.write_id
group by c.kind, c.currency_code
order by c.kind, c.currency_code
