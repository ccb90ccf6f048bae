-- Grain: one row per quote that has an opportunity or should have one. Key: quote_key.
-- `exclusion` says why nothing is written, else null; `stage_exclusion` why the stage alone is left;
-- `has_followed_lines`: the opportunity is where the quote put it, so that its product lines may follow.
-- The stage is ours while it is the one that we gave, or, of an opportunity that the ledger does not know, while it is a
-- stage of a quote; the close date likewise. A stage that a person chose gives way only when the quote is decided, and never on a closed deal.
create or replace temp table quote_changes as
with given as (
    select
        coalesce(lower(o.xero_quote_id), lower(a.target_key)) as quote_form,
        arg_max(a.payload ->> '$.StageName', a.attempt_number) filter (a.payload ->> '$.StageName' is not null)
            as stage_given,
        arg_max(try_cast(a.payload ->> '$.CloseDate' as date), a.attempt_number)
            filter (a.payload ->> '$.CloseDate' is not null) as close_given
    from ledger.attempts a
    left join core.opportunities o on o.sf_opportunity_id = a.target_key
    where a.state = 'confirmed' and a.target_object = 'Opportunity'
        and a.kind in ('opportunity.create', 'opportunity.update')
    group by 1
),
org_currency as (
    select coalesce(
        $salesforce_currency::varchar,
        (select any_value(currency_code) from core.currency_types where is_corporate),
        (select case when count(distinct base_currency_code) = 1 then any_value(base_currency_code) end
            from core.organisations)
    ) as currency_code, exists (from core.currency_types) as has_currencies
),
wanted as (
    select
        q.quote_key, q.tenant_id, q.quote_number, q.quote_status, q.title, q.reference, q.currency_code, q.quoted_on,
        q.line_amount_types,
        coalesce(q.expires_on, coalesce(q.quoted_on, $today::date) + $close_after_days::integer) as close_on,
        case when $amount_kind = 'total' then q.amount_total else q.amount_subtotal end::decimal(18, 2) as amount,
        s.stage as stage_wanted, s.is_decided, k.contact_name, l.outcome, a.sf_account_id as live_account,
        l.sf_account_id, a.owner_sf_user_id, coalesce(u.is_active, false) as is_owner_active,
        n.write_id as account_write_id, c.has_currencies,
        coalesce(t.created_for, split_part(n.contact_key, ':', 2)) as account_created_for,
        not c.has_currencies and c.currency_code is distinct from q.currency_code as has_other_currency,
        c.has_currencies and y.currency_code is null as has_unknown_currency,
        coalesce(q.quoted_on < $today::date - $max_age_days::integer, false) as is_old
    from core.quotes q
    join quote_stages s on s.quote_status = q.quote_status
    cross join org_currency c
    left join core.contacts k on k.contact_key = q.contact_key
    left join matching.links l on l.contact_key = coalesce(k.resolved_contact_key, q.contact_key)
    left join core.accounts a on a.sf_account_id = l.sf_account_id and not a.is_deleted
    left join core.users u on u.sf_user_id = a.owner_sf_user_id
    left join accounts_coming n on n.contact_key = coalesce(k.resolved_contact_key, q.contact_key)
        and a.sf_account_id is null
    left join created_accounts t on t.sf_account_id = a.sf_account_id
    left join core.currency_types y on y.currency_code = q.currency_code and y.is_active
    where not q.is_deleted or q.quote_status = 'DELETED'
),
paired as (
    select
        w.*, o.sf_opportunity_id, o.stage_name, o.close_on as opportunity_close_on,
        o.amount::decimal(18, 2) as opportunity_amount, o.is_closed, o.has_lines, o.sf_pricebook_id, o.currency_code as opportunity_currency_code,
        epoch_us(o.updated_at) as target_updated_us, g.stage_given, coalesce(o.close_on = g.close_given, true) as is_close_ours, t.confirmed_at as created_at,
        o.sf_opportunity_id is not null and o.stage_name is distinct from w.stage_wanted as is_stage_wanted,
        coalesce(o.stage_name = g.stage_given, o.stage_name in (select stage from quote_stages) and not o.is_closed)
            as is_stage_ours,
        r.quote_key is not null as has_invoice_in_review
    from wanted w
    left join core.opportunities o on lower(o.xero_quote_id) = lower(w.quote_key)
    left join given g on g.quote_form = lower(w.quote_key)
    left join confirmed_targets t on t.target_object = 'Opportunity' and t.target_key = w.quote_key
    left join quotes.invoice_links r on r.quote_key = w.quote_key and r.outcome = 'review'
)
select
    *,
    case
        when sf_opportunity_id is not null then null
        when created_at is not null then case
            when created_at > $now::timestamptz - to_hours($read_back_hours) then 'awaiting_read_back'
            else 'opportunity_deleted' end
        when not is_created_by_status or is_old then 'not_wanted'
        when outcome = 'ignore' then 'contact_ignored'
        when outcome = 'review' then 'match_in_review'
        when live_account is null and account_created_for is null then 'unmatched'
        when has_other_currency or has_unknown_currency then 'currency_differs'
    end as exclusion,
    case
        when not is_stage_wanted or is_stage_ours then null
        when is_closed then 'opportunity_closed'
        when not is_decided then 'stage_moved_by_person'
    end as stage_exclusion,
    -- as for the amount, and never of a decided quote
    case
        when sf_opportunity_id is null then exclusion is null
        else is_stage_ours and stage_exclusion is null and not is_decided and not (is_closed and not is_stage_wanted)
            and not has_other_currency and coalesce(opportunity_currency_code, currency_code) = currency_code
    end as has_followed_lines
from (select p.*, s.is_created as is_created_by_status from paired p join quote_stages s using (quote_status))
