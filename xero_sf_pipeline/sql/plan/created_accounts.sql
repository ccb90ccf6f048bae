-- Grain: one row per account that a confirmed write of ours created. Key: sf_account_id.
-- created_for: the Xero contact it was created for. Until the account existed, writes named it by that contact's id; the
-- write id goes on doing so, so that a rejection or a parked error does not lapse because the account now has an id.
create or replace temp table created_accounts as
select remote_id as sf_account_id, arg_max(target_key, attempt_number) as created_for
from ledger.attempts
where state = 'confirmed' and kind = 'account.create' and remote_id is not null
group by remote_id
