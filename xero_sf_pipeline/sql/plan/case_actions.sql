-- Grain: one row per case that something is done about, or deliberately not. Key: case_key.
-- Exactly one of `kind` (a write) and `exclusion_reason` (a stated refusal) is set. One action per case, so that what
-- would be an update and an escalation is one escalation that carries both.
create or replace temp table case_actions as
with stages as (
    select c.*, s.stage as wanted_stage, s.stage_rank as wanted_rank, s.priority as wanted_priority,
        s.owner_id as stage_owner_id
    from case_claims c
    asof left join ladder s on s.from_days <= c.days_overdue
),
paired as (
    select
        coalesce(c.case_key, m.case_key) as case_key,
        coalesce(c.tenant_id, split_part(m.case_key, ':', 1)) as tenant_id,
        c.case_key is not null as has_claim,
        c.case_key is not null and c.exclusion is null as is_wanted,
        coalesce(c.exclusion, '') in (select reason from kept_exclusions) as is_kept,
        m.sf_case_id is not null as has_case,
        contains(coalesce(c.case_key, m.case_key), ':account:') as is_account_case,
        c.as_of_on, c.organisation_name, c.contact_key, c.contact_name, c.xero_contact_id, c.sf_account_id,
        c.account_write_id, c.is_account_coming, c.hold_reason, c.match_reason, c.exclusion as chase_exclusion,
        coalesce(c.currency_code, m.currency_code) as currency_code, c.amount_total,
        c.amount_due, c.amount_unallocated_credit, c.amount_due_net, c.issued_on, c.due_on, c.days_overdue,
        c.invoice_count, c.invoice_key, c.invoice_number, c.reference, c.xero_url, c.invoices, c.wanted_stage,
        c.wanted_rank, c.wanted_priority, c.stage_owner_id,
        m.sf_case_id, m.case_number, m.subject as case_subject, m.case_status, m.priority as case_priority,
        m.case_type, m.owner_sf_user_id as case_owner, m.is_closed, coalesce(m.is_resolution_ours, false) as has_resolution, m.amount_due::decimal(18, 2) as case_amount_due,
        m.currency_code as case_currency_code, m.due_on as case_due_on, m.stage as case_stage, m.resolution,
        m.is_deleted as is_case_deleted, m.is_taken_over, m.sf_account_id as case_account, m.is_on_account_given, m.target_updated_us,
        present.stage_rank as case_rank
    from stages c
    full join mirrored_cases m on m.case_key = c.case_key
    left join ladder present on present.stage = m.stage
),
known as (
    select
        p.*, x.exclusion as lost_as, coalesce(p.sf_case_id, x.sf_case_id) as known_sf_case_id,
        coalesce(p.case_number, x.case_number) as known_case_number,
        i.invoice_key is not null as is_invoice_known, i.invoice_status, i.amount_due as invoice_amount_due,
        i.amount_paid as invoice_amount_paid, i.amount_credited as invoice_amount_credited,
        i.due_on as invoice_due_on, i.amount_total as invoice_amount_total, i.issued_on as invoice_issued_on,
        i.invoice_number as number_of_invoice, i.xero_url as url_of_invoice, i.reference as reference_of_invoice,
        i.invoice_status = 'DELETED' or i.is_deleted as is_invoice_deleted,
        coalesce(p.contact_name, k.contact_name) as name_of_contact, d.tenant_id is not null as is_tenant_known,
        coalesce(p.as_of_on, d.as_of_on) as day_of_plan,
        coalesce(p.organisation_name, d.organisation_name) as name_of_organisation,
        t.created_for as account_created_for, a.account_name, a.owner_sf_user_id as account_owner, coalesce(u.is_active, false) as is_account_owner_active
    from paired p
    left join lost_cases x on x.case_key = p.case_key and not p.has_case
    left join core.invoices i on i.invoice_key = p.case_key
    left join core.contacts k on k.contact_key = i.contact_key
    left join plan_days d on d.tenant_id = p.tenant_id
    left join core.accounts a on a.sf_account_id = coalesce(p.sf_account_id, p.case_account)
    left join core.users u on u.sf_user_id = a.owner_sf_user_id
    left join created_accounts t on t.sf_account_id = p.sf_account_id
),
compared as (
    select
        *,
        amount_due is distinct from case_amount_due or currency_code is distinct from case_currency_code
            as is_amount_changed,
        due_on is distinct from case_due_on as is_due_changed,
        $fill_account and case_account is null and sf_account_id is not null as is_account_found,
        -- The match was corrected since we put the case on its account, and nobody moved the case meanwhile.
        not is_account_case and is_on_account_given and sf_account_id <> case_account as is_account_moved,
        not is_kept and case_rank is null as is_stage_renamed,
        not is_kept and wanted_rank > case_rank as is_stage_reached,
        not is_kept and wanted_rank < case_rank as is_stage_lowered
    from known
),
decided as (
    select
        *,
        case
            when not has_case and not is_wanted then null
            when not has_case and lost_as = 'case_deleted' and $recreate_deleted then 'open:case_deleted'
            when not has_case and lost_as is not null then 'exclude:' || lost_as
            when not has_case and hold_reason is not null then 'exclude:' || hold_reason
            when not has_case then 'open:invoice_overdue'
            when is_case_deleted and not is_wanted then null
            when is_case_deleted and not $recreate_deleted then 'exclude:case_deleted'
            when is_case_deleted and hold_reason is not null then 'exclude:' || hold_reason
            when is_case_deleted then 'open:case_deleted'
            when is_taken_over and (is_wanted or not is_closed) then 'exclude:case_taken_over'
            when is_taken_over then null
            when is_closed and not is_wanted then null
            when is_closed and has_resolution then 'reopen:owed_again'
            when is_closed and $reopen_when_balance_grows and amount_due > case_amount_due then 'reopen:balance_grew'
            when is_closed then 'exclude:closed_by_person'
            when is_wanted or is_kept then case
                when is_stage_reached then 'escalate:stage_reached'
                when is_amount_changed then 'update:amount_changed'
                when is_due_changed then 'update:due_date_changed'
                when is_stage_lowered then 'update:stage_lowered'
                when is_stage_renamed then 'update:stage_renamed'
                when is_account_found then 'update:account_found'
                when is_account_moved then 'update:account_moved'
                when has_resolution then 'update:resolution_outdated'
            end
            when not is_tenant_known or not (is_account_case or is_invoice_known) then 'exclude:invoice_unknown'
            when has_resolution then 'exclude:reopened_by_person'
            when has_claim then 'close:no_longer_chased'
            when is_account_case and not $per_account then 'close:cases_per_invoice'
            when is_account_case then 'close:not_overdue'
            when is_invoice_deleted then 'close:invoice_deleted'
            when invoice_status = 'VOIDED' then 'close:invoice_voided'
            when invoice_amount_due = 0 and invoice_amount_paid = 0 and invoice_amount_credited > 0
                then 'close:invoice_credited'
            when invoice_amount_due = 0 then 'close:invoice_paid'
            else 'close:not_overdue'
        end as decision
    from compared
)
select
    * exclude (decision),
    case when not starts_with(decision, 'exclude:') then 'case.' || split_part(decision, ':', 1) end as kind,
    case when not starts_with(decision, 'exclude:') then split_part(decision, ':', 2) end as reason,
    case when starts_with(decision, 'exclude:') then split_part(decision, ':', 2) end as exclusion_reason
from decided
where decision is not null
