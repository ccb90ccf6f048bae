-- What matching made of the contacts of a labelled sample. Grain: one row per labelled contact. Key: contact_key.
-- right_accounts: every account that would be right; empty when the contact has none. is_reached: linked to a right account,
-- or waiting in review with a right one ranked first. An account that our own push created for a contact is right for it.
-- Contacts that policy leaves alone (archived, mere suppliers) count as pairs that were not reached.
with created as (
    select target_key as xero_contact_id, remote_id as sf_account_id
    from ledger.attempts
    where state = 'confirmed' and kind = 'account.create'
),
labelled as (
    select contact_key, list_filter(string_split(coalesce(sf_account_ids, ''), ' '), lambda id: id <> '') as right_accounts
    from read_csv($file, header = true, columns = {'contact_key': 'VARCHAR', 'sf_account_ids': 'VARCHAR'})
),
judged as (
    select
        labelled.contact_key, len(labelled.right_accounts) > 0 as has_account, links.outcome,
        list_contains(labelled.right_accounts, links.sf_account_id) as is_labelled_right,
        exists (
            select 1 from created
            where created.sf_account_id = links.sf_account_id
              and split_part(labelled.contact_key, ':', 2) = created.xero_contact_id
        ) as is_own_creation
    from labelled
    join matching.links on links.contact_key = labelled.contact_key
)
select
    count(*) as contact_count,
    count(*) filter (has_account) as pair_count,
    count(*) filter (outcome = 'linked' and is_labelled_right) as right_count,
    count(*) filter (outcome = 'linked' and not is_labelled_right and not is_own_creation) as wrong_count,
    count(*) filter (outcome in ('linked', 'review') and is_labelled_right) as reached_count,
    count(*) filter (outcome = 'review') as review_count
from judged
