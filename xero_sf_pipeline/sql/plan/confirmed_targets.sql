-- Grain: one row per record, of either system, that a confirmed write of ours created or changed. Key: target_object, target_key.
-- The newest confirmed write, the record's id, and the newest Subject, Type, resolution and account that we gave it.
-- account_given is the account's id, or of an account that was still to be created the Xero contact it was created for.
create or replace temp table confirmed_targets as
select
    target_object, target_key,
    arg_max(write_id, attempt_number) as write_id,
    arg_max(remote_id, attempt_number) filter (remote_id is not null) as remote_id,
    max(attempted_at) as confirmed_at,
    arg_max(payload ->> '$.Subject', attempt_number) filter (payload ->> '$.Subject' is not null) as subject_given,
    arg_max(payload ->> '$.Type', attempt_number) filter (payload ->> '$.Type' is not null) as type_given,
    arg_max(payload ->> '$.Xero_Resolution__c', attempt_number) filter (payload ->> '$.Xero_Resolution__c' is not null)
        as resolution_given,
    arg_max(coalesce(payload ->> '$.AccountId', payload ->> '$.Account.Xero_Contact_ID__c'), attempt_number)
        filter (coalesce(payload ->> '$.AccountId', payload ->> '$.Account.Xero_Contact_ID__c') is not null) as account_given
from ledger.attempts
where state = 'confirmed'
group by target_object, target_key
