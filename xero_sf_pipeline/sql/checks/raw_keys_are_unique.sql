-- Grain of an offender: one per (table, key) that has more than one current version.
select 'raw_xero.contacts' as table_name, tenant_id || ':' || xero_contact_id as record_key, count(*) as current_versions
from raw_xero.contacts_current group by all having count(*) > 1
union all
select 'raw_xero.invoices', tenant_id || ':' || xero_invoice_id, count(*)
from raw_xero.invoices_current group by all having count(*) > 1
union all
select 'raw_xero.credit_notes', tenant_id || ':' || xero_credit_note_id, count(*)
from raw_xero.credit_notes_current group by all having count(*) > 1
union all
select 'raw_xero.payments', tenant_id || ':' || xero_payment_id, count(*)
from raw_xero.payments_current group by all having count(*) > 1
union all
select 'raw_salesforce.accounts', sf_account_id, count(*)
from raw_salesforce.accounts_current group by all having count(*) > 1
union all
select 'raw_salesforce.cases', sf_case_id, count(*)
from raw_salesforce.cases_current group by all having count(*) > 1
