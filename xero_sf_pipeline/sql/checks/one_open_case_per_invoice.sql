-- Grain of an offender: one per invoice key that more than one live case carries.
select invoice_key as record_key, count(*) as case_count
from core.cases where invoice_key is not null and not is_deleted
group by all having count(*) > 1
