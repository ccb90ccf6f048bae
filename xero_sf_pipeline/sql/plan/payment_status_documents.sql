-- Grain: one row per document whose Xero_Invoice__c record may have to change. Key: document_key.
-- A first sieve over raw values: texts are compared as they are, so a row may still turn out to be equal once they are
-- cut to Salesforce's lengths. Of an organisation that was not read for too long only the status goes, as Unknown;
-- what is final in Xero (voided, deleted) stays true. A lookup to an opportunity is ours only when billing knows links.
-- A new document of an account that this plan or an earlier push creates (`account_created_for`) names the account by the
-- Xero contact it is for: the one key that such an account carries. One that stands in Salesforce already waits for the id.
create or replace temp table payment_status_documents as
with links as (
    select l.invoice_key, min(l.sf_opportunity_id) as sf_opportunity_id
    from billing.invoice_links l
    semi join core.opportunities o on o.sf_opportunity_id = l.sf_opportunity_id
    group by l.invoice_key
),
currencies as (
    select currency_code from core.currency_types where is_active
),
wanted as (
    select
        s.document_key, s.tenant_id, s.document_kind, s.sf_account_id, s.document_type, s.document_status,
        coalesce(nullif(trim(s.document_number), ''), s.xero_document_id) as document_number, s.currency_code,
        nullif(trim(s.reference), '') as reference, s.issued_on, s.due_on, s.fully_paid_on, s.last_payment_on,
        round(s.amount_total, 2)::decimal(18, 2) as amount_total, round(s.amount_tax, 2)::decimal(18, 2) as amount_tax,
        round(s.amount_due, 2)::decimal(18, 2) as amount_due, round(s.amount_paid, 2)::decimal(18, 2) as amount_paid,
        round(s.amount_credited, 2)::decimal(18, 2) as amount_credited,
        round(s.amount_last_payment, 2)::decimal(18, 2) as amount_last_payment,
        nullif(trim(s.organisation_name), '') as organisation_name, s.xero_url, l.sf_opportunity_id,
        date_trunc('second', s.as_of_at) as as_of_at,
        s.as_of_at < $now::timestamptz - to_hours($freshness_hours) as is_unknown, a.account_name, k.contact_name,
        c.currency_code as record_currency_code, n.contact_key is not null as is_account_coming,
        n.write_id as account_write_id,
        coalesce(t.created_for, if(n.contact_key is null, null, k.xero_contact_id)) as account_created_for
    from receivables.invoice_status s
    left join core.accounts a on a.sf_account_id = s.sf_account_id and not a.is_deleted
    left join accounts_coming n on n.contact_key = s.contact_key and s.sf_account_id is null
    left join created_accounts t on t.sf_account_id = a.sf_account_id
    left join core.contacts k on k.contact_key = s.contact_key
    left join links l on l.invoice_key = s.document_key
    left join currencies c on c.currency_code = s.currency_code
    where a.sf_account_id is not null or n.contact_key is not null
),
present as (
    select
        document_key, sf_xero_invoice_id, sf_account_id, document_type, document_status, document_number,
        currency_code, reference, issued_on, due_on, fully_paid_on, last_payment_on,
        amount_total::decimal(18, 2) as amount_total, amount_tax::decimal(18, 2) as amount_tax,
        amount_due::decimal(18, 2) as amount_due, amount_paid::decimal(18, 2) as amount_paid,
        amount_credited::decimal(18, 2) as amount_credited,
        amount_last_payment::decimal(18, 2) as amount_last_payment, organisation_name, xero_url, sf_opportunity_id,
        as_of_at, updated_at
    from core.xero_invoices
),
paired as (
    select
        w.* replace (
            if(exists (from billing.invoice_links), w.sf_opportunity_id, p.sf_opportunity_id) as sf_opportunity_id
        ),
        p as present, p.sf_xero_invoice_id, epoch_us(p.updated_at) as target_updated_us
    from wanted w
    left join present p on p.document_key = w.document_key
)
select *
from paired
where case
    when is_account_coming and sf_xero_invoice_id is not null then false
    when is_unknown
        then sf_xero_invoice_id is not null and present.document_status <> 'Unknown'
            and document_status not in ('Voided', 'Deleted')
    else row(
        sf_account_id, document_type, document_status, document_number, currency_code, reference, issued_on, due_on,
        fully_paid_on, last_payment_on, amount_total, amount_tax, amount_due, amount_paid, amount_credited,
        amount_last_payment, organisation_name, xero_url, sf_opportunity_id
    ) is distinct from row(
        present.sf_account_id, present.document_type, present.document_status, present.document_number,
        present.currency_code, present.reference, present.issued_on, present.due_on, present.fully_paid_on,
        present.last_payment_on, present.amount_total, present.amount_tax, present.amount_due, present.amount_paid,
        present.amount_credited, present.amount_last_payment, present.organisation_name, present.xero_url,
        present.sf_opportunity_id
    ) or document_key in (select document_key from mapped_documents)
end
