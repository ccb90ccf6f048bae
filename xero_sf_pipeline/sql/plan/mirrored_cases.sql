-- Grain: one row per case key that Salesforce holds, deleted ones included when nothing live has the key. Key: case_key.
-- `is_taken_over`: a person gave the case another type or another kind of subject, so it is no longer ours.
-- `is_resolution_ours`: we closed it and said why. What a person typed there is no sign of our closing. Of a case that
-- the ledger does not know, as after the loss of a warehouse, any resolution counts as ours.
-- `is_on_account_given`: the case is where our newest word about its account put it; nobody moved it since.
create or replace temp table mirrored_cases as
select
    c.invoice_key as case_key, c.* exclude (invoice_key),
    epoch_us(c.updated_at) as target_updated_us,
    (
        coalesce($case_type::varchar, t.type_given) is not null
        and c.case_type is distinct from $case_type::varchar and c.case_type is distinct from t.type_given
    ) or (
        not coalesce(starts_with(lower(c.subject), lower($subject_prefix)), false)
        and c.subject is distinct from t.subject_given
    ) as is_taken_over,
    c.resolution is not null and (t.target_key is null or trim(c.resolution) = trim(t.resolution_given))
        as is_resolution_ours,
    coalesce(t.account_given in (c.sf_account_id, a.created_for), false) as is_on_account_given
from core.cases c
left join confirmed_targets t on t.target_object = 'Case' and t.target_key = c.invoice_key
left join created_accounts a on a.sf_account_id = c.sf_account_id
where c.invoice_key is not null
qualify row_number() over (partition by c.invoice_key order by c.is_deleted, c.updated_at desc) = 1
