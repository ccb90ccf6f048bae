-- Grain: one row per opportunity of a quote that this plan creates. Key: quote_key. Its lines wait for write_id.
-- One that is refused, switched off or rejected by a person is not coming.
select c.target_key as quote_key, c.write_id
from candidate_writes c
join dispositions d on d.write_id = c.write_id and d.refusal is null
join automation a on a.kind = c.kind and a.automation <> 'off'
where c.kind = 'opportunity.create'
    and not exists (from person_approvals p where p.write_id = c.write_id and p.decision = 'rejected')
