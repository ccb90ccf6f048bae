-- What people decided and have not taken back, after following merges on both sides.
-- Grain: one row per contact and decision; at most one of confirmed, create_new, ignored per contact, any number of rejected.
-- Newest wins. 'withdrawn' with an account takes back what was decided on that pair, without an account all on the contact.
create or replace temp table standing_decisions as
with events as (
    select
        coalesce(contact.resolved_contact_key, decision.contact_key) as contact_key,
        coalesce(account.live_sf_account_id, decision.sf_account_id) as sf_account_id,
        account.live_sf_account_id is not null as is_live,
        account.live_sf_account_id is distinct from decision.sf_account_id as followed_merge,
        decision.decision, decision.decided_by, decision.decided_at, decision.reason,
        row_number() over (order by decision.decided_at, decision.decision_id) as place
    from matching.decisions as decision
    left join contact_resolution as contact using (contact_key)
    left join account_resolution as account using (sf_account_id)
),
kept as (
    select events.*
    from events
    where events.decision <> 'withdrawn'
      and not exists (
          select 1 from events as later
          where later.decision = 'withdrawn' and later.contact_key = events.contact_key and later.place > events.place
            and (later.sf_account_id is null or later.sf_account_id = events.sf_account_id)
      )
),
newest_of_contact as (
    -- Taken from all events: a decision that a later one replaced does not come back when the later one is withdrawn.
    select contact_key, max(place) as place
    from events where decision in ('confirmed', 'create_new', 'ignored')
    group by contact_key
),
newest_of_pair as (
    select contact_key, sf_account_id, max(place) as place
    from kept where decision in ('confirmed', 'rejected')
    group by contact_key, sf_account_id
)
select kept.contact_key, kept.sf_account_id, kept.is_live, kept.followed_merge,
       kept.decision, kept.decided_by, kept.decided_at, kept.reason
from kept
left join newest_of_contact on newest_of_contact.contact_key = kept.contact_key
left join newest_of_pair
    on newest_of_pair.contact_key = kept.contact_key and newest_of_pair.sf_account_id = kept.sf_account_id
where case kept.decision
    when 'rejected' then kept.place = newest_of_pair.place
    when 'confirmed' then kept.place = newest_of_pair.place and kept.place = newest_of_contact.place
    else kept.place = newest_of_contact.place
end;
