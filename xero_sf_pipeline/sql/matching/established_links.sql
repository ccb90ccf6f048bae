-- Links that exist already, before any scoring, after following merges on both sides; without rejected pairs.
-- Grain: one row per contact, target and precedence. live_sf_account_id is null when the target was deleted without a master.
-- Precedence: 1 a person's confirmation, 2 stored link (Xero_Contact__c), 3 external key (Account.Xero_Contact_ID__c, or
-- the account's id as the number of a contact that we created for it),
-- 4 and 5 the same two of a contact that was merged into this one.
create or replace temp table established_links as
with stored as (
    select contact_key, sf_account_id, if(sf_xero_contact_id is null, 3, 2) as precedence
    from core.account_links
    where sf_account_id is not null
    union
    select contact.contact_key, account.sf_account_id, 3
    from core.accounts as account
    join core.contacts as contact on lower(contact.xero_contact_id) = lower(account.xero_contact_id)
    union
    select contact.contact_key, account.sf_account_id, 3
    from core.contacts as contact
    join core.accounts as account on account.sf_account_id = contact.contact_number
),
followed as (
    select
        contact.resolved_contact_key as contact_key,
        stored.sf_account_id as stored_sf_account_id,
        account.live_sf_account_id,
        stored.precedence + if(contact.contact_key = contact.resolved_contact_key, 0, 2) as precedence,
        contact.contact_key <> contact.resolved_contact_key
            or account.live_sf_account_id is distinct from stored.sf_account_id as followed_merge
    from stored
    join contact_resolution as contact using (contact_key)
    left join account_resolution as account using (sf_account_id)
)
select
    contact_key, sf_account_id as stored_sf_account_id, if(is_live, sf_account_id, null) as live_sf_account_id,
    1 as precedence, 'human' as method, decided_by, decided_at, reason
from standing_decisions
where decision = 'confirmed'
union all
select
    followed.contact_key, followed.stored_sf_account_id, followed.live_sf_account_id, followed.precedence,
    case when followed.followed_merge and followed.live_sf_account_id is not null then 'merge'
         when followed.precedence in (2, 4) then 'stored_link' else 'external_key' end,
    null, null, null
from followed
where not exists (
    select 1 from standing_decisions as rejected
    where rejected.decision = 'rejected' and rejected.contact_key = followed.contact_key
      and rejected.sf_account_id = coalesce(followed.live_sf_account_id, followed.stored_sf_account_id)
);
