-- Raw history of Salesforce. Grain of every table: one row per (org_id, sf_<object>_id, version seen).
create table raw_salesforce.users (
    org_id varchar, sf_user_id varchar, user_name varchar, email varchar, is_active boolean, user_type varchar,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_salesforce.accounts (
    org_id varchar, sf_account_id varchar, account_name varchar, account_number varchar, account_type varchar,
    parent_sf_account_id varchar, phone varchar, website varchar, street varchar, city varchar, region varchar,
    postal_code varchar, country varchar, owner_sf_user_id varchar, currency_code varchar,
    xero_contact_id varchar, xero_url varchar, master_sf_account_id varchar, created_at timestamptz,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_salesforce.contacts (
    org_id varchar, sf_contact_id varchar, sf_account_id varchar, full_name varchar, first_name varchar,
    last_name varchar, email varchar, phone varchar, mobile_phone varchar, master_sf_contact_id varchar,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_salesforce.opportunities (
    org_id varchar, sf_opportunity_id varchar, sf_account_id varchar, opportunity_name varchar, stage_name varchar,
    is_won boolean, is_closed boolean, close_on date, amount decimal(18, 4), currency_code varchar,
    opportunity_type varchar, owner_sf_user_id varchar,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create table raw_salesforce.cases (
    org_id varchar, sf_case_id varchar, case_number varchar, sf_account_id varchar, subject varchar,
    case_status varchar, priority varchar, case_type varchar, origin varchar, owner_sf_user_id varchar,
    is_closed boolean, closed_at timestamptz, created_at timestamptz, currency_code varchar,
    invoice_key varchar, amount_due decimal(18, 4), xero_currency_code varchar, due_on date, stage varchar,
    resolution varchar, xero_url varchar,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
-- Xero_Contact__c: the stored links, many Xero contacts to one account.
create table raw_salesforce.xero_contacts (
    org_id varchar, sf_xero_contact_id varchar, contact_key varchar, contact_name varchar, sf_account_id varchar,
    xero_url varchar,
    payload json using compression zstd, payload_hash varchar, updated_at timestamptz, known_from timestamptz, known_to timestamptz,
    is_deleted boolean, run_id varchar
);
create view raw_salesforce.users_current as select * from raw_salesforce.users where known_to is null;
create view raw_salesforce.accounts_current as select * from raw_salesforce.accounts where known_to is null;
create view raw_salesforce.contacts_current as select * from raw_salesforce.contacts where known_to is null;
create view raw_salesforce.opportunities_current as select * from raw_salesforce.opportunities where known_to is null;
create view raw_salesforce.cases_current as select * from raw_salesforce.cases where known_to is null;
create view raw_salesforce.xero_contacts_current as select * from raw_salesforce.xero_contacts where known_to is null;
