-- Raw history of Xero. Grain of every table: one row per (tenant_id, xero_<thing>_id, version seen).
-- Amounts are in the document's currency; `_on` columns are calendar dates of the organisation; `_at` is UTC.

-- A msdate of the API ("/Date(1539993600000+0000)/") as an instant. The offset is decoration: milliseconds are UTC.
create macro raw_xero.instant(msdate) as
    coalesce(
        epoch_ms(try_cast(regexp_extract(msdate, '^/Date\((-?\d+)', 1) as bigint))::timestamp at time zone 'UTC',
        try_cast(msdate as timestamp) at time zone 'UTC'
    );
-- A calendar date: midnight UTC in the API, never converted to a local day. Accepts both spellings the API uses.
create macro raw_xero.calendar_date(msdate) as
    coalesce(
        epoch_ms(try_cast(regexp_extract(msdate, '^/Date\((-?\d+)', 1) as bigint))::timestamp::date,
        try_cast(left(msdate, 10) as date)
    );
create macro raw_xero.money(text) as try_cast(text as decimal(18, 4));

create table raw_xero.organisation (
    tenant_id varchar, xero_organisation_id varchar, organisation_name varchar, legal_name varchar,
    short_code varchar, version varchar, base_currency_code varchar, country_code varchar,
    xero_time_zone varchar, period_lock_on date, end_of_year_lock_on date, organisation_status varchar,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_xero.contacts (
    tenant_id varchar, xero_contact_id varchar, contact_number varchar, account_number varchar,
    contact_status varchar, contact_name varchar, first_name varchar, last_name varchar, company_number varchar,
    email varchar, tax_number varchar, website varchar, is_customer boolean, is_supplier boolean,
    default_currency_code varchar, merged_to_xero_contact_id varchar,
    addresses struct(address_type varchar, line_1 varchar, line_2 varchar, line_3 varchar, line_4 varchar,
        city varchar, region varchar, postal_code varchar, country varchar, attention_to varchar)[],
    phones struct(phone_type varchar, phone_number varchar, area_code varchar, country_code varchar)[],
    contact_persons struct(first_name varchar, last_name varchar, email varchar)[],
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_xero.invoices (
    tenant_id varchar, xero_invoice_id varchar, invoice_number varchar, reference varchar, invoice_type varchar,
    invoice_status varchar, xero_contact_id varchar, contact_name varchar, issued_on date, due_on date,
    expected_payment_on date, fully_paid_on date, currency_code varchar, currency_rate decimal(18, 6),
    line_amount_types varchar, amount_subtotal decimal(18, 4), amount_tax decimal(18, 4),
    amount_total decimal(18, 4), amount_due decimal(18, 4), amount_paid decimal(18, 4),
    amount_credited decimal(18, 4),
    line_items struct(xero_line_item_id varchar, description varchar, quantity decimal(18, 4),
        unit_amount decimal(18, 4), item_code varchar, account_code varchar, tax_type varchar,
        amount_tax decimal(18, 4), amount_line decimal(18, 4), discount_rate decimal(18, 4),
        amount_discount decimal(18, 4),
        tracking struct(xero_tracking_category_id varchar, xero_tracking_option_id varchar,
            category_name varchar, option_name varchar)[])[],
    payments struct(xero_payment_id varchar, paid_on date, amount_paid decimal(18, 4))[],
    credit_notes struct(xero_credit_id varchar, applied_on date, amount_applied decimal(18, 4))[],
    prepayments struct(xero_credit_id varchar, applied_on date, amount_applied decimal(18, 4))[],
    overpayments struct(xero_credit_id varchar, applied_on date, amount_applied decimal(18, 4))[],
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_xero.credit_notes (
    tenant_id varchar, xero_credit_note_id varchar, credit_note_number varchar, reference varchar,
    credit_type varchar, credit_status varchar, xero_contact_id varchar, issued_on date, fully_paid_on date,
    currency_code varchar, currency_rate decimal(18, 6), amount_subtotal decimal(18, 4),
    amount_tax decimal(18, 4), amount_total decimal(18, 4), amount_remaining decimal(18, 4),
    allocations struct(allocation_id varchar, xero_invoice_id varchar, invoice_number varchar,
        amount_applied decimal(18, 4), applied_on date, is_deleted boolean)[],
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_xero.overpayments (
    tenant_id varchar, xero_overpayment_id varchar, credit_type varchar, credit_status varchar,
    xero_contact_id varchar, issued_on date, currency_code varchar, currency_rate decimal(18, 6),
    amount_total decimal(18, 4), amount_remaining decimal(18, 4),
    allocations struct(allocation_id varchar, xero_invoice_id varchar, invoice_number varchar,
        amount_applied decimal(18, 4), applied_on date, is_deleted boolean)[],
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_xero.prepayments (
    tenant_id varchar, xero_prepayment_id varchar, credit_type varchar, credit_status varchar,
    xero_contact_id varchar, issued_on date, currency_code varchar, currency_rate decimal(18, 6),
    amount_total decimal(18, 4), amount_remaining decimal(18, 4),
    allocations struct(allocation_id varchar, xero_invoice_id varchar, invoice_number varchar,
        amount_applied decimal(18, 4), applied_on date, is_deleted boolean)[],
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
-- `document_kind` says what was paid (invoice, credit_note, overpayment, prepayment), told by payment_type and not by
-- the key that the API happens to use: a credit note's refund comes under "Invoice".
create table raw_xero.payments (
    tenant_id varchar, xero_payment_id varchar, payment_type varchar, payment_status varchar,
    document_kind varchar, xero_document_id varchar, document_number varchar, xero_account_id varchar,
    account_code varchar, paid_on date, amount_paid decimal(18, 4), amount_bank decimal(18, 4),
    currency_code varchar, currency_rate decimal(18, 6), reference varchar, is_reconciled boolean,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_xero.accounts (
    tenant_id varchar, xero_account_id varchar, account_code varchar, account_name varchar, account_type varchar,
    account_class varchar, account_status varchar, system_account varchar, tax_type varchar,
    enable_payments boolean, currency_code varchar,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_xero.tax_rates (
    tenant_id varchar, tax_type varchar, tax_name varchar, tax_status varchar, effective_rate decimal(18, 4),
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create view raw_xero.organisation_current as select * from raw_xero.organisation where known_to is null;
create view raw_xero.contacts_current as select * from raw_xero.contacts where known_to is null;
create view raw_xero.invoices_current as select * from raw_xero.invoices where known_to is null;
create view raw_xero.credit_notes_current as select * from raw_xero.credit_notes where known_to is null;
create view raw_xero.overpayments_current as select * from raw_xero.overpayments where known_to is null;
create view raw_xero.prepayments_current as select * from raw_xero.prepayments where known_to is null;
create view raw_xero.payments_current as select * from raw_xero.payments where known_to is null;
create view raw_xero.accounts_current as select * from raw_xero.accounts where known_to is null;
create view raw_xero.tax_rates_current as select * from raw_xero.tax_rates where known_to is null;
