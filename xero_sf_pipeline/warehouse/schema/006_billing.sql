-- What won deals should be billed with. Derived tables, replaced by each derivation. Two are kept: billing.start, the
-- day on which billing was first switched on, before which no deal is billed unless the policy names an earlier day;
-- and billing.wanted, the lines that the deal wanted when an update also kept what finance had edited in the draft.
create schema if not exists billing;

create table billing.start (started_on date, started_at timestamptz);
create table billing.wanted (write_id varchar primary key, lines json, planned_at timestamptz);

create table billing.invoice_links (
    sf_opportunity_id varchar, tenant_id varchar, invoice_key varchar, period_number integer, revision integer,
    link_source varchar, is_ours boolean
);
create table billing.schedule (
    sf_opportunity_id varchar, tenant_id varchar, period_number integer, revision integer, our_reference varchar,
    reference varchar, contact_key varchar, needs_contact boolean, bill_on date, due_on date,
    amount_share decimal(18, 4), amount_net decimal(18, 4), amount_tax decimal(18, 4), amount_total decimal(18, 4),
    currency_code varchar, currency_rate decimal(18, 6), line_amount_types varchar, invoice_status varchar,
    rule varchar, hold_reason varchar, explanation varchar, approvals_needed integer, needs_approval_because varchar
);
create table billing.schedule_lines (
    sf_opportunity_id varchar, period_number integer, line_number integer, item_code varchar, description varchar,
    quantity decimal(18, 4), unit_amount decimal(18, 4), discount_rate decimal(18, 4), account_code varchar,
    tax_type varchar,
    tracking struct(xero_tracking_category_id varchar, category_name varchar, xero_tracking_option_id varchar,
        option_name varchar)[],
    rule varchar, amount_line decimal(18, 4), amount_tax decimal(18, 4), currency_code varchar
);
