-- Grain: one row per account with fields that the policy names. Key: the first column.
select sf_account_id, null::varchar, mapped_fields::varchar, country_code
from core.accounts
where mapped_fields is not null
