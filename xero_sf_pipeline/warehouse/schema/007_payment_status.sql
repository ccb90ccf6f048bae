-- What receivables tell about today: one row per document and per account, the rates used, and alert episodes.
-- All but the episodes are replaced whenever today is derived.

-- Rates into the Salesforce currency. `rate`: units of from_currency_code for one unit of to_currency_code.
create table receivables.exchange_rates (
    from_currency_code varchar, to_currency_code varchar, rate_on date, rate decimal(28, 10), rate_source varchar
);
-- Sales invoices and credit notes, voided and deleted ones included. Amounts in currency_code.
create table receivables.invoice_status (
    document_key varchar, document_kind varchar, tenant_id varchar, xero_document_id varchar, contact_key varchar,
    sf_account_id varchar, document_number varchar, document_type varchar, document_status varchar, reference varchar,
    issued_on date, due_on date, fully_paid_on date, last_payment_on date, currency_code varchar,
    amount_total decimal(18, 4), amount_tax decimal(18, 4), amount_due decimal(18, 4), amount_paid decimal(18, 4),
    amount_credited decimal(18, 4), amount_last_payment decimal(18, 4), days_late integer, is_claim boolean,
    exchange_rate decimal(28, 10), rate_source varchar, organisation_name varchar, xero_url varchar, as_of_on date,
    as_of_at timestamptz
);
-- Amounts in currency_code, the account's; null when a rate is missing (missing_rates then names the currencies).
create table receivables.account_status (
    sf_account_id varchar, payment_status varchar, currency_code varchar, amount_outstanding decimal(18, 4),
    amount_overdue decimal(18, 4), amount_unallocated_credit decimal(18, 4), open_invoice_count bigint,
    overdue_invoice_count bigint, claim_count bigint, oldest_due_on date, average_days_late decimal(18, 1),
    days_late_count bigint, missing_rates varchar[], tenant_ids varchar[], contact_count bigint, as_of_at timestamptz
);
-- Causes that hold today. state: raised (above its limit), held (below it, not yet gone).
create table receivables.alert_causes (
    sf_account_id varchar, reason varchar, tenant_id varchar, state varchar, amount decimal(18, 4),
    currency_code varchar, evidence varchar, subject_key varchar
);
-- One row per time that a cause came up. Durable: it remembers that a cause was gone in between.
create table receivables.alerts (
    alert_key varchar, sf_account_id varchar, reason varchar, opened_on date, ended_on date, tenant_id varchar,
    amount decimal(18, 4), currency_code varchar, evidence varchar, subject_key varchar, updated_at timestamptz
);
