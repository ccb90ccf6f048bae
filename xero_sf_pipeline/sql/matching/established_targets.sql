-- Where the strongest existing link of a contact leads. Grain: one row per contact with a link. Key: contact_key.
-- sf_account_id is null when every link leads to a deleted account. is_conflict: the strongest links disagree.
create or replace temp table established_targets as
with targets as (
    select contact_key, live_sf_account_id as sf_account_id, min(precedence) as precedence,
           -- Of equally strong links the direct one, whatever the order of rows.
           first(method order by precedence, method = 'merge') as method, arg_min(decided_by, precedence) as decided_by,
           arg_min(decided_at, precedence) as decided_at
    from established_links
    where live_sf_account_id is not null
    group by contact_key, live_sf_account_id
),
ordered as (
    select
        targets.*,
        row_number() over by_strength as place,
        lead(targets.sf_account_id) over by_strength as other_sf_account_id,
        lead(targets.precedence) over by_strength as other_precedence
    from targets
    left join matching.candidates as candidate
        on candidate.contact_key = targets.contact_key and candidate.sf_account_id = targets.sf_account_id
    window by_strength as (
        partition by targets.contact_key
        order by targets.precedence, candidate.score desc nulls last, targets.sf_account_id
    )
)
select contact_key, sf_account_id, precedence, method, other_sf_account_id,
       coalesce(other_precedence = precedence, false) as is_conflict, decided_by, decided_at,
       null::varchar as deleted_sf_account_id
from ordered
where place = 1
union all
select contact_key, null, null, null, null, false, null, null, min(stored_sf_account_id)
from established_links
where contact_key not in (select contact_key from targets)
group by contact_key;
