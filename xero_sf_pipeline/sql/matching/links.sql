-- What becomes of every contact: linked, review, create or ignore, and why, in one sentence.
-- Grain: one row per contact. Key: contact_key. At most one account per contact; many contacts may share an account.
create or replace table matching.links as
with subjects as (
    select
        contact.contact_key, contact.contact_name,
        coalesce(contact.contact_status, 'ACTIVE') as contact_status,
        coalesce(contact.is_customer, false) or coalesce(contact.has_sales_documents, false) as is_customer,
        coalesce(contact.is_supplier, false) as is_supplier
    from core.contacts as contact
    join contact_resolution as resolution on resolution.contact_key = contact.contact_key
    where resolution.resolved_contact_key = contact.contact_key
),
whole_decisions as (
    select contact_key, decision, decided_by, decided_at from standing_decisions where decision in ('create_new', 'ignored')
),
reasoned as (
    select
        subjects.*,
        established.sf_account_id as established_sf_account_id, established.method as established_method,
        established.other_sf_account_id, established.deleted_sf_account_id,
        lead.sf_account_id as lead_sf_account_id, lead.score as lead_score, lead.margin as lead_margin,
        lead.rival_sf_account_id as lead_rival_sf_account_id, lead.method as lead_method,
        coalesce(established.decided_by, decision.decided_by) as decided_by,
        coalesce(established.decided_at, decision.decided_at) as decided_at,
        decision.decision,
        case
            when decision.decision = 'ignored' then 'ignored_by_person'
            when established.precedence = 1 then 'confirmed_by_person'
            when established.is_conflict then 'conflicting_links'
            when established.method = 'merge' then 'followed_merge'
            when established.sf_account_id is not null then established.method
            -- After the account was made its stored link stands above; until then the person's word does.
            when decision.decision = 'create_new' then 'create_by_person'
            when established.deleted_sf_account_id is not null then 'link_target_deleted'
            when $ignore_archived and subjects.contact_status <> 'ACTIVE' then 'archived'
            when $ignore_suppliers and subjects.is_supplier and not subjects.is_customer then 'supplier_only'
            when lead.score >= $link_points then
                case when lead.name_similarity < $name_similarity_min then 'name_contradicts'
                     when lead.margin < $margin_points then 'near_tie'
                     else 'clear_match' end
            when lead.score >= $review_points then 'middling_score'
            when $create_for_customers_only and not subjects.is_customer then 'not_a_customer'
            else 'no_match'
        end as reason
    from subjects
    left join whole_decisions as decision on decision.contact_key = subjects.contact_key
    left join established_targets as established on established.contact_key = subjects.contact_key
    left join contact_leads as lead on lead.contact_key = subjects.contact_key
),
decided as (
    select
        contact_key, reason, decision, is_customer, deleted_sf_account_id, lead_sf_account_id, lead_score,
        case
            when reason in ('confirmed_by_person', 'followed_merge', 'stored_link', 'external_key', 'clear_match') then 'linked'
            when reason in ('conflicting_links', 'link_target_deleted', 'name_contradicts', 'near_tie', 'middling_score')
                then 'review'
            when reason in ('create_by_person', 'no_match') then 'create'
            else 'ignore'
        end as outcome,
        case
            when reason in ('confirmed_by_person', 'followed_merge', 'stored_link', 'external_key', 'conflicting_links')
                then established_sf_account_id
            when reason in ('clear_match', 'name_contradicts', 'near_tie', 'middling_score') then lead_sf_account_id
            when reason = 'link_target_deleted' and lead_score >= $review_points then lead_sf_account_id
        end as sf_account_id,
        case
            when reason in ('ignored_by_person', 'create_by_person') then 'human'
            when reason in ('confirmed_by_person', 'followed_merge', 'stored_link', 'external_key', 'conflicting_links')
                then established_method
            when reason in ('clear_match', 'name_contradicts', 'near_tie', 'middling_score') then lead_method
            when reason = 'link_target_deleted' and lead_score >= $review_points then lead_method
        end as method,
        -- An existing link to another account is a rival whatever its score.
        case when reason in ('confirmed_by_person', 'followed_merge', 'stored_link', 'external_key', 'conflicting_links')
             then other_sf_account_id end as linked_rival_sf_account_id,
        case when reason in ('ignored_by_person', 'create_by_person', 'confirmed_by_person') then decided_by end as decided_by,
        case when reason in ('ignored_by_person', 'create_by_person', 'confirmed_by_person') then decided_at end as decided_at
    from reasoned
),
rivals as (
    -- The nearest other candidate of the account that was chosen, which need not be the best scored one.
    select decided.contact_key, arg_min(candidate.sf_account_id, candidate.candidate_rank) as sf_account_id
    from decided
    join matching.candidates as candidate on candidate.contact_key = decided.contact_key
    where decided.sf_account_id is not null and candidate.sf_account_id <> decided.sf_account_id
    group by decided.contact_key
),
measured as (
    select
        decided.*,
        coalesce(decided.linked_rival_sf_account_id, rivals.sf_account_id) as rival_sf_account_id,
        chosen.score, round(chosen.score - rival.score, 2) as margin,
        chosen.terms,
        account.account_name, rival_account.account_name as rival_name
    from decided
    left join rivals on rivals.contact_key = decided.contact_key
    left join matching.candidates as chosen
        on chosen.contact_key = decided.contact_key and chosen.sf_account_id = decided.sf_account_id
    left join matching.candidates as rival
        on rival.contact_key = decided.contact_key
        and rival.sf_account_id = coalesce(decided.linked_rival_sf_account_id, rivals.sf_account_id)
    left join core.accounts as account on account.sf_account_id = decided.sf_account_id
    left join core.accounts as rival_account
        on rival_account.sf_account_id = coalesce(decided.linked_rival_sf_account_id, rivals.sf_account_id)
),
worded as (
    select
        *,
        array_to_string(list_transform(
            list_reverse_sort(list_transform(
                list_filter(terms, lambda t: t.points > 0), lambda t: {'points': t.points, 'note': t.note})),
            lambda t: t.note), ', ') as evidence_for,
        array_to_string(list_transform(
            list_sort(list_transform(
                list_filter(terms, lambda t: t.points < 0 and t.term <> 'prior'),
                lambda t: {'points': t.points, 'note': t.note})),
            lambda t: t.note), ', ') as evidence_against,
        if(rival_name is null, '',
           if(margin is null, format(', although the account "{}" is linked as well', rival_name),
              format(', {:.1f} points {} "{}"', abs(margin), if(margin < 0, 'behind', 'ahead of'), rival_name)))
            as against_rival
    from measured
),
explained as (
    select
        *,
        case reason
            when 'confirmed_by_person' then format('Linked to "{}" because {} confirmed it.', account_name, decided_by)
            when 'stored_link' then format('Linked to "{}" because Salesforce already stores this link{}.', account_name,
                if(linked_rival_sf_account_id is null, '', format(', although "{}" carries the contact''s id', rival_name)))
            when 'external_key' then format('Linked to "{}" because one of them carries the other''s id.', account_name)
            when 'followed_merge' then format('Linked to "{}" because the stored link was followed through a merge.', account_name)
            when 'conflicting_links' then format('Stored links lead to "{}" and to "{}"; a person must choose.',
                account_name, rival_name)
            when 'link_target_deleted' then format('The stored link leads to account {}, which was deleted in Salesforce{}.',
                deleted_sf_account_id, if(account_name is null, '', format('; "{}" may take its place', account_name)))
            when 'clear_match' then format('Linked to "{}" because of {}{} (score {:.1f}{}).', account_name, evidence_for,
                if(evidence_against = '', '', concat(', despite ', evidence_against)), score, against_rival)
            -- Duplicates often have one name: ids tell them apart.
            when 'near_tie' then format('"{}" ({}) fits because of {}, but "{}" ({}) fits {}.',
                account_name, sf_account_id, evidence_for, rival_name, rival_sf_account_id,
                if(margin = 0, 'just as well', format('almost as well (only {:.1f} points behind)', margin)))
            when 'name_contradicts' then format('"{}" shares {}, but the names are too different to link without a person.',
                account_name, evidence_for)
            when 'middling_score' then format('"{}" may be the account because of {}{} (score {:.1f}{}).', account_name,
                evidence_for, if(evidence_against = '', '', concat(', but ', evidence_against)), score, against_rival)
            when 'create_by_person' then format('A new account is wanted because {} decided so.', decided_by)
            when 'no_match' then 'A new account is proposed because no existing account is likely enough.'
            when 'ignored_by_person' then format('Left alone because {} decided so.', decided_by)
            when 'archived' then 'Left alone because the contact is archived in Xero and has no link.'
            when 'supplier_only' then 'Left alone because the contact is only a supplier and has no link.'
            when 'not_a_customer' then 'Left alone because no account is likely enough and the contact is not a customer.'
        end as explanation
    from worded
),
merged as (
    -- A contact that was merged in Xero goes where the contact it was merged into goes.
    select
        resolution.contact_key,
        if(winner.outcome = 'linked', 'linked', 'ignore') as outcome,
        if(winner.outcome = 'linked', winner.sf_account_id, null) as sf_account_id,
        if(winner.outcome = 'linked', format('Linked to "{}" because the contact was merged in Xero into "{}", which is linked to it.',
               winner.account_name, winner_contact.contact_name),
           format('Left alone because the contact was merged in Xero into "{}".', winner_contact.contact_name)) as explanation
    from contact_resolution as resolution
    join explained as winner on winner.contact_key = resolution.resolved_contact_key
    join core.contacts as winner_contact on winner_contact.contact_key = resolution.resolved_contact_key
    where resolution.contact_key <> resolution.resolved_contact_key
),
all_links as (
    select contact_key, outcome, sf_account_id, method, score, margin, rival_sf_account_id, reason, explanation,
           decided_by, decided_at, true as speaks_for_itself, is_customer
    from explained
    union all
    select contact_key, outcome, sf_account_id, if(outcome = 'linked', 'merge', null), null, null, null,
           'merged_contact', explanation, null, null, false, false
    from merged
),
account_owners as (
    -- The contact that an account's external key names now, after merges in Xero.
    select account.sf_account_id, resolution.resolved_contact_key as contact_key
    from core.accounts as account
    join contact_resolution as resolution on lower(resolution.xero_contact_id) = lower(account.xero_contact_id)
    where not account.is_deleted
),
primaries as (
    -- One contact an account can name in its unique external key: the one it names already, else the best linked one.
    -- None when the key names a contact we do not know, and never a contact that another account's key still names.
    select all_links.sf_account_id, all_links.contact_key
    from all_links
    join core.accounts as account on account.sf_account_id = all_links.sf_account_id
    where all_links.outcome = 'linked' and all_links.speaks_for_itself
      and (account.xero_contact_id is null
           or account.sf_account_id in (select sf_account_id from account_owners))
      and not exists (
          select 1 from account_owners as elsewhere
          where elsewhere.contact_key = all_links.contact_key and elsewhere.sf_account_id <> all_links.sf_account_id
      )
    qualify row_number() over (
        partition by all_links.sf_account_id
        order by exists (select 1 from account_owners as owner
                         where owner.sf_account_id = all_links.sf_account_id
                           and owner.contact_key = all_links.contact_key) desc,
                 list_position(['human', 'stored_link', 'external_key', 'merge', 'account_number', 'tax_number',
                                'email_domain_name', 'name_postcode', 'fuzzy'], all_links.method),
                 all_links.is_customer desc, all_links.score desc nulls last, all_links.contact_key
    ) = 1
)
select
    all_links.contact_key, all_links.outcome, all_links.sf_account_id, all_links.method, all_links.score, all_links.margin,
    all_links.rival_sf_account_id, all_links.reason, all_links.explanation,
    primaries.contact_key is not null as is_primary,
    all_links.decided_by, all_links.decided_at::timestamptz as decided_at
from all_links
left join primaries
    on primaries.contact_key = all_links.contact_key and primaries.sf_account_id = all_links.sf_account_id
order by all_links.contact_key;
