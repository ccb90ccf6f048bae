-- Tables that people read. Rebuilt as a whole by the report stage; they feed no other stage.

-- Grain: one per (tenant_id, sf_account_id, currency_code, measure). The three sides of one control total.
-- amount_difference = amount_xero - amount_salesforce, or amount_warehouse - amount_salesforce where Xero states no such
-- figure, or amount_xero - amount_warehouse where Salesforce has none.
create table reporting.control_totals (
    as_of_at timestamptz, tenant_id varchar, sf_account_id varchar, currency_code varchar, measure varchar,
    amount_xero decimal(18, 4), amount_warehouse decimal(18, 4), amount_salesforce decimal(18, 4),
    amount_difference decimal(18, 4), amount_explained decimal(18, 4), amount_unexplained decimal(18, 4),
    record_count bigint, difference_count bigint
);

-- Grain: one per (record_key, sf_account_id, currency_code, measure, side, reason). Why a control total differs.
create table reporting.control_differences (
    as_of_at timestamptz, tenant_id varchar, sf_account_id varchar, currency_code varchar, measure varchar,
    side varchar, record_key varchar, record_name varchar, amount_expected decimal(18, 4),
    amount_found decimal(18, 4), amount_difference decimal(18, 4), reason varchar, explanation varchar,
    write_id varchar
);

-- Grain: one per won opportunity and currency of its amounts, and one per sales invoice that belongs to none.
create table reporting.booked_billed_paid (
    as_of_at timestamptz, row_key varchar, row_kind varchar, sf_opportunity_id varchar, opportunity_name varchar,
    tenant_id varchar, sf_account_id varchar, party_name varchar, booked_on date, billed_on date,
    currency_code varchar, amount_booked decimal(18, 4), amount_scheduled decimal(18, 4),
    amount_drafted decimal(18, 4), amount_billed_net decimal(18, 4), amount_billed decimal(18, 4),
    amount_paid decimal(18, 4), amount_credited decimal(18, 4), amount_due decimal(18, 4),
    amount_difference decimal(18, 4), invoice_count bigint, invoice_numbers varchar[], reason varchar,
    explanation varchar
);

-- Grain: one per (month_on, currency_code). Booked by close date, billed by issue date, paid and credited by their own.
create table reporting.booked_billed_paid_months (
    month_on date, currency_code varchar, amount_booked decimal(18, 4), amount_billed_net decimal(18, 4),
    amount_billed decimal(18, 4), amount_paid decimal(18, 4), amount_credited decimal(18, 4), deal_count bigint,
    invoice_count bigint
);
