-- What quote to cash reads besides: quotes, the catalogue, tracking, currencies, opportunity lines, alerts, and the
-- records and fields of our own in Salesforce. Grain of every table: one row per (tenant or org, id, version seen).
-- mapped_fields: the further fields that the policy names, as texts by their API name; null when all are empty.
-- New columns of existing tables stand behind the history columns there: adding them rewrites nothing.
create schema billing;

create table raw_xero.items (
    tenant_id varchar, xero_item_id varchar, item_code varchar, item_name varchar, description varchar,
    purchase_description varchar, is_sold boolean, is_purchased boolean, is_tracked boolean,
    amount_sales_unit decimal(18, 4), sales_account_code varchar, sales_tax_type varchar,
    amount_purchase_unit decimal(18, 4), purchase_account_code varchar, purchase_tax_type varchar,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_xero.quotes (
    tenant_id varchar, xero_quote_id varchar, quote_number varchar, reference varchar, quote_status varchar,
    title varchar, summary varchar, xero_contact_id varchar, contact_name varchar, quoted_on date, expires_on date,
    currency_code varchar, currency_rate decimal(18, 6), line_amount_types varchar,
    amount_subtotal decimal(18, 4), amount_tax decimal(18, 4), amount_total decimal(18, 4),
    amount_discount decimal(18, 4),
    line_items struct(xero_line_item_id varchar, description varchar, quantity decimal(18, 4),
        unit_amount decimal(18, 4), item_code varchar, account_code varchar, tax_type varchar,
        amount_tax decimal(18, 4), amount_line decimal(18, 4), discount_rate decimal(18, 4),
        amount_discount decimal(18, 4),
        tracking struct(xero_tracking_category_id varchar, xero_tracking_option_id varchar,
            category_name varchar, option_name varchar)[])[],
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_xero.currencies (
    tenant_id varchar, currency_code varchar, currency_name varchar,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_xero.tracking_categories (
    tenant_id varchar, xero_tracking_category_id varchar, category_name varchar, category_status varchar,
    options struct(xero_tracking_option_id varchar, option_name varchar, option_status varchar)[],
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);

-- The payload of a contact is what Xero sent, so a contact that does not change would never fill its new columns.
alter table raw_xero.contacts add column sales_due_day integer;
alter table raw_xero.contacts add column sales_due_type varchar;
alter table raw_xero.contacts add column sales_tax_type varchar;
update raw_xero.contacts set
    sales_due_day = try_cast(payload ->> '$.PaymentTerms.Sales.Day' as integer),
    sales_due_type = nullif(payload ->> '$.PaymentTerms.Sales.Type', ''),
    sales_tax_type = nullif(payload ->> '$.AccountsReceivableTaxType', '')
where payload ->> '$.PaymentTerms.Sales.Type' <> '' or payload ->> '$.AccountsReceivableTaxType' <> '';

create table raw_salesforce.products (
    org_id varchar, sf_product_id varchar, product_name varchar, product_code varchar, description varchar,
    family varchar, is_active boolean, mapped_fields json,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_salesforce.pricebooks (
    org_id varchar, sf_pricebook_id varchar, pricebook_name varchar, is_active boolean, is_standard boolean,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_salesforce.pricebook_entries (
    org_id varchar, sf_pricebook_entry_id varchar, sf_pricebook_id varchar, sf_product_id varchar,
    amount_unit decimal(18, 4), is_active boolean, uses_standard_price boolean, currency_code varchar,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_salesforce.opportunity_lines (
    org_id varchar, sf_opportunity_line_id varchar, sf_opportunity_id varchar, sf_product_id varchar,
    sf_pricebook_entry_id varchar, product_code varchar, line_name varchar, description varchar,
    quantity decimal(18, 4), amount_unit decimal(18, 4), amount_total decimal(18, 4),
    discount_rate decimal(18, 4), service_on date, sort_order integer, mapped_fields json,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
-- Task: only those that carry our alert key, `<sf_account_id>:<reason>:<opened_on>`.
create table raw_salesforce.tasks (
    org_id varchar, sf_task_id varchar, what_id varchar, sf_account_id varchar, subject varchar, task_status varchar,
    priority varchar, due_on date, description varchar, owner_sf_user_id varchar, is_closed boolean,
    alert_key varchar, created_at timestamptz,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
-- Xero_Invoice__c: our mirror records. `document_key` is an invoice_key or a credit_key; amounts in currency_code.
create table raw_salesforce.xero_invoices (
    org_id varchar, sf_xero_invoice_id varchar, document_key varchar, document_number varchar,
    sf_account_id varchar, sf_opportunity_id varchar, document_type varchar, document_status varchar,
    currency_code varchar, reference varchar, issued_on date, due_on date, fully_paid_on date,
    last_payment_on date, amount_total decimal(18, 4), amount_tax decimal(18, 4), amount_due decimal(18, 4),
    amount_paid decimal(18, 4), amount_credited decimal(18, 4), amount_last_payment decimal(18, 4),
    organisation_name varchar, xero_url varchar, as_of_at timestamptz,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
-- CurrencyType: exists in an org with several currencies only. conversion_rate: units per unit of the corporate one.
create table raw_salesforce.currency_types (
    org_id varchar, sf_currency_type_id varchar, iso_code varchar, conversion_rate decimal(18, 6),
    is_corporate boolean, is_active boolean, decimal_places integer,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);

alter table raw_salesforce.accounts add column industry varchar;
alter table raw_salesforce.accounts add column tax_number varchar;
alter table raw_salesforce.accounts add column region_code varchar;
alter table raw_salesforce.accounts add column country_code varchar;
alter table raw_salesforce.accounts add column shipping_street varchar;
alter table raw_salesforce.accounts add column shipping_city varchar;
alter table raw_salesforce.accounts add column shipping_region varchar;
alter table raw_salesforce.accounts add column shipping_postal_code varchar;
alter table raw_salesforce.accounts add column shipping_country varchar;
alter table raw_salesforce.accounts add column payment_status varchar;
alter table raw_salesforce.accounts add column amount_outstanding decimal(18, 4);
alter table raw_salesforce.accounts add column amount_overdue decimal(18, 4);
alter table raw_salesforce.accounts add column amount_unallocated_credit decimal(18, 4);
alter table raw_salesforce.accounts add column open_invoice_count integer;
alter table raw_salesforce.accounts add column oldest_due_on date;
alter table raw_salesforce.accounts add column average_days_late decimal(18, 4);
alter table raw_salesforce.accounts add column as_of_at timestamptz;
alter table raw_salesforce.accounts add column mapped_fields json;

alter table raw_salesforce.contacts add column title varchar;
alter table raw_salesforce.contacts add column mailing_street varchar;
alter table raw_salesforce.contacts add column mailing_city varchar;
alter table raw_salesforce.contacts add column mailing_region varchar;
alter table raw_salesforce.contacts add column mailing_postal_code varchar;
alter table raw_salesforce.contacts add column mailing_country varchar;
alter table raw_salesforce.contacts add column xero_person_key varchar;
alter table raw_salesforce.contacts add column mapped_fields json;

alter table raw_salesforce.opportunities add column description varchar;
alter table raw_salesforce.opportunities add column record_type varchar;
alter table raw_salesforce.opportunities add column created_at timestamptz;
alter table raw_salesforce.opportunities add column sf_pricebook_id varchar;
alter table raw_salesforce.opportunities add column has_lines boolean;
alter table raw_salesforce.opportunities add column xero_invoice_id varchar;
alter table raw_salesforce.opportunities add column xero_invoice_number varchar;
alter table raw_salesforce.opportunities add column xero_invoice_status varchar;
alter table raw_salesforce.opportunities add column xero_url varchar;
alter table raw_salesforce.opportunities add column amount_billed decimal(18, 4);
alter table raw_salesforce.opportunities add column amount_paid decimal(18, 4);
alter table raw_salesforce.opportunities add column amount_invoice_due decimal(18, 4);
alter table raw_salesforce.opportunities add column invoice_count integer;
alter table raw_salesforce.opportunities add column xero_quote_id varchar;
alter table raw_salesforce.opportunities add column mapped_fields json;

create view raw_xero.items_current as select * from raw_xero.items where known_to is null;
create view raw_xero.quotes_current as select * from raw_xero.quotes where known_to is null;
create view raw_xero.currencies_current as select * from raw_xero.currencies where known_to is null;
create view raw_xero.tracking_categories_current as select * from raw_xero.tracking_categories where known_to is null;
create or replace view raw_xero.contacts_current as select * from raw_xero.contacts where known_to is null;
create view raw_salesforce.products_current as select * from raw_salesforce.products where known_to is null;
create view raw_salesforce.pricebooks_current as select * from raw_salesforce.pricebooks where known_to is null;
create view raw_salesforce.pricebook_entries_current as select * from raw_salesforce.pricebook_entries where known_to is null;
create view raw_salesforce.opportunity_lines_current as select * from raw_salesforce.opportunity_lines where known_to is null;
create view raw_salesforce.tasks_current as select * from raw_salesforce.tasks where known_to is null;
create view raw_salesforce.xero_invoices_current as select * from raw_salesforce.xero_invoices where known_to is null;
create view raw_salesforce.currency_types_current as select * from raw_salesforce.currency_types where known_to is null;
create or replace view raw_salesforce.accounts_current as select * from raw_salesforce.accounts where known_to is null;
create or replace view raw_salesforce.contacts_current as select * from raw_salesforce.contacts where known_to is null;
create or replace view raw_salesforce.opportunities_current as select * from raw_salesforce.opportunities where known_to is null;
