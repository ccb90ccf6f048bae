-- Grain: one row per Salesforce record that a confirmed write of ours created or changed. Key: target_object, target_key.
-- The newest confirmed write, the record's id, and the newest Subject, Type, resolution and account that we gave it (an
-- account of our making was named by the contact it was created for).
create or replace temp table confirmed_targets as
with created as (
    select target_key as created_for, arg_max(remote_id, attempt_number) as sf_account_id
    from ledger.attempts
    where state = 'confirmed' and kind = 'account.create' and remote_id is not null
    group by target_key
),
confirmed as (
    select
        attempts.*,
        coalesce(
            attempts.payload ->> '$.AccountId',
            if(attempts.target_object = 'Case', created.sf_account_id, null)
        ) as account_given
    from ledger.attempts
    left join created on created.created_for = attempts.payload ->> '$.Account.Xero_Contact_ID__c'
    where attempts.state = 'confirmed' and attempts.target_system = 'salesforce'
)
select
    target_object, target_key,
    arg_max(write_id, attempt_number) as write_id,
    arg_max(remote_id, attempt_number) filter (remote_id is not null) as remote_id,
    max(attempted_at) as confirmed_at,
    arg_max(payload ->> '$.Subject', attempt_number) filter (payload ->> '$.Subject' is not null) as subject_given,
    arg_max(payload ->> '$.Type', attempt_number) filter (payload ->> '$.Type' is not null) as type_given,
    arg_max(payload ->> '$.Xero_Resolution__c', attempt_number) filter (payload ->> '$.Xero_Resolution__c' is not null)
        as resolution_given,
    arg_max(account_given, attempt_number) filter (account_given is not null) as account_given
from confirmed
group by target_object, target_key
