-- Grain of an offender: one per (table, key) that occurs more than once.
select 'core.contacts' as table_name, contact_key as record_key, count(*) as row_count
from core.contacts group by all having count(*) > 1
union all
select 'core.invoices', invoice_key, count(*) from core.invoices group by all having count(*) > 1
union all
select 'core.payments', payment_key, count(*) from core.payments group by all having count(*) > 1
union all
select 'core.credits', credit_key, count(*) from core.credits group by all having count(*) > 1
union all
select 'core.credit_applications', application_key, count(*) from core.credit_applications group by all having count(*) > 1
union all
select 'core.accounts', sf_account_id, count(*) from core.accounts group by all having count(*) > 1
union all
select 'core.cases', sf_case_id, count(*) from core.cases group by all having count(*) > 1
