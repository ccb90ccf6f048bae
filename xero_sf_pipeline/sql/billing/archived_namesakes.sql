-- Grain: one row per organisation and account whose name or number an archived contact has that is linked with nobody.
-- Matching leaves such contacts alone; before a new contact is made a person must say that the old one is not meant:
-- by rejecting the pair, or by ignoring the contact. A contact that was merged away is not one.
with refused as (
    select distinct d.contact_key, d.sf_account_id
    from matching.decisions d
    where d.decision = 'rejected' and not exists (
        from matching.decisions later
        where later.decision = 'withdrawn' and later.contact_key = d.contact_key and later.decided_at > d.decided_at
            and (later.sf_account_id is null or later.sf_account_id = d.sf_account_id)
    )
),
archived as (
    select c.contact_key, c.tenant_id, c.contact_name, plain_text(c.contact_name) as name_text,
        nullif(plain_code(c.account_number), '') as account_number
    from core.contacts c
    left join matching.links l on l.contact_key = c.contact_key
    where c.contact_status <> 'ACTIVE' and coalesce(c.resolved_contact_key, c.contact_key) = c.contact_key
        and l.outcome is distinct from 'linked' and l.decided_by is null
),
accounts as (
    select sf_account_id, plain_text(account_name) as name_text, nullif(plain_code(account_number), '') as account_number
    from core.accounts a
    semi join (select sf_account_id from core.opportunities where is_won) o on o.sf_account_id = a.sf_account_id
    where not is_deleted
),
pairs as (
    select c.tenant_id, a.sf_account_id, c.contact_key, c.contact_name
    from accounts a join archived c on c.name_text = a.name_text and a.name_text <> ''
    union all
    select c.tenant_id, a.sf_account_id, c.contact_key, c.contact_name
    from accounts a join archived c on c.account_number = a.account_number
)
select tenant_id, sf_account_id, arg_min(contact_name, contact_key) as contact_name
from pairs
anti join refused r on r.contact_key = pairs.contact_key and r.sf_account_id = pairs.sf_account_id
group by tenant_id, sf_account_id
