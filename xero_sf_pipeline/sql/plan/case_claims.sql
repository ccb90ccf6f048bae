-- Grain: one row per case that overdue invoices ask for. Key: case_key.
-- Amounts are of the chased invoices, in one currency; when none of them is chased, of all, with the `exclusion`: one that
-- keeps a case before one that closes it. Texts are the oldest invoice's.
create or replace temp table case_claims as
with considered as (
    select *, exclusion is null as is_chased, bool_or(exclusion is null) over (partition by case_key) as has_chased,
        row(due_on, invoice_key) as age
    from invoice_claims
)
select
    c.case_key, c.tenant_id, any_value(c.as_of_on) as as_of_on, any_value(c.organisation_name) as organisation_name,
    arg_min(c.contact_key, c.age) as contact_key, arg_min(c.contact_name, c.age) as contact_name,
    arg_min(c.xero_contact_id, c.age) as xero_contact_id, any_value(c.sf_account_id) as sf_account_id,
    any_value(c.account_write_id) as account_write_id, bool_or(c.is_account_coming) as is_account_coming,
    any_value(c.hold_reason) as hold_reason, any_value(c.match_reason) as match_reason,
    coalesce(min(c.exclusion) filter (c.exclusion in (select reason from kept_exclusions)), min(c.exclusion))
        as exclusion,
    any_value(c.currency_code) as currency_code,
    sum(c.amount_total)::decimal(18, 4) as amount_total, round(sum(c.amount_due), 2)::decimal(18, 2) as amount_due,
    sum(c.amount_unallocated_credit)::decimal(18, 4) as amount_unallocated_credit,
    sum(c.amount_due_net)::decimal(18, 4) as amount_due_net,
    min(c.issued_on) as issued_on, min(c.due_on) as due_on, max(c.days_overdue) as days_overdue,
    count(*) as invoice_count, arg_min(c.invoice_key, c.age) as invoice_key,
    arg_min(c.invoice_number, c.age) as invoice_number, arg_min(c.reference, c.age) as reference,
    arg_min(c.xero_url, c.age) as xero_url,
    case when $per_account then list({
        'invoice_number': c.invoice_number, 'amount_due': c.amount_due, 'due_on': c.due_on, 'xero_url': c.xero_url
    } order by c.due_on, c.invoice_key) end as invoices
from considered c
where c.is_chased or not c.has_chased
group by c.case_key, c.tenant_id
