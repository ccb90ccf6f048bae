-- Grain: one row per contact that invoices wait for, or that was created and is not mirrored. Key: (tenant_id, sf_account_id).
-- write_id: the write that creates it, unless that is refused, switched off or rejected by a person.
create or replace temp table billing_contacts_coming as
select b.tenant_id, b.sf_account_id, b.confirmed_id as xero_contact_id, c.write_id,
    coalesce(case when b.is_namesake then 'held: another account has the same name' end, d.refusal, case when a.automation = 'off' then 'switched_off' end,
        case when p.decision = 'rejected' then 'rejected' end) as problem
from billing_contacts b
left join candidate_writes c on c.kind = 'xero_contact.create' and c.target_key = b.tenant_id || ':' || b.sf_account_id
left join dispositions d on d.write_id = c.write_id
left join automation a on a.kind = c.kind
left join person_approvals p on p.write_id = c.write_id
where b.is_namesake or c.write_id is not null or (b.confirmed_id is not null and not b.is_lost)
