-- Grain: one row per sales invoice or customer credit note that any of the three sides has. Key: record_key.
-- Live: authorised or paid. A draft is no claim yet and a voided one no claim any more: neither has an amount here.
-- xero_*: what Xero stated, from the answer as it came. own_*: the canonical tables. sf_*: Xero_Invoice__c as read.
-- due_*: Xero_Invoice__c with the writes under way on top. due_sf_account_id etc. follow the same rule.
create or replace temp table control_documents as
with answers as (
    select 'invoice' as record_kind, tenant_id, xero_invoice_id as xero_id, false as is_quarantined, is_deleted, payload
    from seen_raw_xero_invoices
    where known_to is null
    union all
    select 'credit_note', tenant_id, xero_credit_note_id, false, is_deleted, payload
    from seen_raw_xero_credit_notes
    where known_to is null
    union all
    select if(entity = 'invoices', 'invoice', 'credit_note'), tenant_id, record_id, true, false, payload
    from seen_ops_quarantine
    where source = 'xero' and entity in ('invoices', 'credit_notes') and resolved_at is null and record_id is not null
),
stated_texts as (
    select * exclude (payload),
        json_extract_string(payload, ['$.Type', '$.Status', '$.Contact.ContactID', '$.CurrencyCode', '$.Total',
            '$.AmountDue', '$.AmountPaid', '$.AmountCredited', '$.InvoiceNumber', '$.RemainingCredit',
            '$.CreditNoteNumber']) as texts
    from answers
),
stated as (
    select tenant_id || ':' || xero_id as record_key, record_kind, tenant_id,
        if(record_kind = 'invoice', texts[9], texts[11]) as record_name, tenant_id || ':' || texts[3] as contact_key,
        texts[4] as currency_code, is_quarantined, texts[2] in ('AUTHORISED', 'PAID') and not is_deleted as is_live,
        try_cast(texts[5] as decimal(18, 4)) as amount_total,
        try_cast(if(record_kind = 'invoice', texts[6], texts[10]) as decimal(18, 4)) as amount_due,
        try_cast(if(record_kind = 'invoice', texts[7], null) as decimal(18, 4)) as amount_paid,
        try_cast(if(record_kind = 'invoice', texts[8], null) as decimal(18, 4)) as amount_credited
    from stated_texts
    where coalesce(texts[1], if(record_kind = 'invoice', 'ACCREC', 'ACCRECCREDIT')) in ('ACCREC', 'ACCRECCREDIT')
    qualify row_number() over (partition by record_key order by is_quarantined desc) = 1
),
own as (
    select invoice_key as record_key, 'invoice' as record_kind, tenant_id, invoice_number as record_name, contact_key,
        currency_code, invoice_status in ('AUTHORISED', 'PAID') and not is_deleted as is_live, amount_total, amount_due,
        amount_paid, amount_credited
    from seen_core_invoices
    where invoice_type = 'ACCREC'
    union all
    select credit_key, 'credit_note', tenant_id, credit_note_number, contact_key, currency_code,
        credit_status in ('AUTHORISED', 'PAID') and not is_deleted, amount_total, amount_remaining, null, null
    from seen_core_credits
    where credit_kind = 'credit_note' and credit_type = 'ACCRECCREDIT'
),
mirrored as (
    select document_key as record_key, if(document_type = 'Credit note', 'credit_note', 'invoice') as record_kind,
        split_part(document_key, ':', 1) as tenant_id, document_number as record_name, sf_account_id, currency_code,
        document_status, amount_total, amount_due, amount_paid, amount_credited, updated_at
    from seen_core_xero_invoices
),
under_way as (
    select target_key as record_key, payload, write_id, state, explanation,
        json_extract_string(payload, ['$.Account__c', '$.Currency__c', '$.Status__c', '$.Total__c', '$.Due__c',
            '$.Paid__c', '$.Credited__c', '$.Type__c', '$.Name']) as texts,
        json_keys(payload) as names
    from writes_under_way
    where target_object = 'Xero_Invoice__c'
),
merged as (
    select
        coalesce(x.record_key, o.record_key, m.record_key, u.record_key) as record_key,
        coalesce(o.record_kind, x.record_kind, m.record_kind, if(u.texts[8] = 'Credit note', 'credit_note', 'invoice'))
            as record_kind,
        split_part(coalesce(x.record_key, o.record_key, m.record_key, u.record_key), ':', 1) as tenant_id,
        coalesce(o.record_name, x.record_name, m.record_name, u.texts[9]) as record_name,
        coalesce(o.contact_key, x.contact_key) as contact_key,
        x.is_live as xero_is_live, x.is_quarantined, x.currency_code as xero_currency_code,
        x.amount_total as xero_total, x.amount_due as xero_due, x.amount_paid as xero_paid, x.amount_credited as xero_credited,
        o.is_live as own_is_live, o.currency_code as own_currency_code, o.amount_total as own_total,
        o.amount_due as own_due, o.amount_paid as own_paid, o.amount_credited as own_credited,
        m.document_status as sf_status, m.sf_account_id, m.currency_code as sf_currency_code, m.amount_total as sf_total,
        m.amount_due as sf_due, m.amount_paid as sf_paid, m.amount_credited as sf_credited, m.updated_at as sf_updated_at,
        m.record_key is not null as is_mirrored,
        if(list_contains(u.names, 'Status__c'), u.texts[3], m.document_status) as due_status,
        if(list_contains(u.names, 'Account__c'), u.texts[1], m.sf_account_id) as due_sf_account_id,
        if(list_contains(u.names, 'Currency__c'), u.texts[2], m.currency_code) as due_currency_code,
        if(list_contains(u.names, 'Total__c'), try_cast(u.texts[4] as decimal(18, 4)), m.amount_total) as due_total,
        if(list_contains(u.names, 'Due__c'), try_cast(u.texts[5] as decimal(18, 4)), m.amount_due) as due_due,
        if(list_contains(u.names, 'Paid__c'), try_cast(u.texts[6] as decimal(18, 4)), m.amount_paid) as due_paid,
        if(list_contains(u.names, 'Credited__c'), try_cast(u.texts[7] as decimal(18, 4)), m.amount_credited) as due_credited,
        u.write_id, u.state as write_state, u.explanation as write_explanation
    from stated x
    full join own o on o.record_key = x.record_key
    full join mirrored m on m.record_key = coalesce(x.record_key, o.record_key)
    full join under_way u on u.record_key = coalesce(x.record_key, o.record_key, m.record_key)
)
select
    m.*, l.outcome as link_outcome, l.explanation as link_explanation,
    case when l.outcome = 'linked' then l.sf_account_id end as own_sf_account_id,
    m.is_mirrored and sf_status not in ('Draft', 'Awaiting approval', 'Voided', 'Deleted') as sf_is_live,
    due_status is not null and due_status not in ('Draft', 'Awaiting approval', 'Voided', 'Deleted') as due_is_live
from merged m
left join seen_core_contacts k on k.contact_key = m.contact_key
left join seen_matching_links l on l.contact_key = coalesce(k.resolved_contact_key, m.contact_key)
