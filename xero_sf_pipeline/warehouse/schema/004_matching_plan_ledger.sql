-- Tables that later stages write. Columns are the product's contract; see docs/data_model.md.

create table matching.decisions (
    decision_id varchar, contact_key varchar, sf_account_id varchar, decision varchar, decided_by varchar,
    decided_at timestamptz, reason varchar
);
create table matching.candidates (
    contact_key varchar, sf_account_id varchar, blocking_rule varchar, score double, probability double,
    terms struct(term varchar, points double, contact_value varchar, account_value varchar, note varchar)[],
    candidate_rank integer
);
create table matching.links (
    contact_key varchar, outcome varchar, sf_account_id varchar, method varchar, score double, margin double,
    rival_sf_account_id varchar, reason varchar, explanation varchar, is_primary boolean,
    decided_by varchar, decided_at timestamptz
);

create table receivables.overdue_invoices (
    as_of_on date, tenant_id varchar, invoice_key varchar, xero_invoice_id varchar, invoice_number varchar,
    contact_key varchar, sf_account_id varchar, currency_code varchar, amount_total decimal(18, 4),
    amount_due decimal(18, 4), amount_unallocated_credit decimal(18, 4), amount_due_net decimal(18, 4),
    issued_on date, due_on date, days_overdue integer, ageing_bucket varchar, exclusion varchar, xero_url varchar
);
create table receivables.ageing (
    as_of_on date, tenant_id varchar, contact_key varchar, sf_account_id varchar, currency_code varchar,
    amount_current decimal(18, 4), amount_1_30 decimal(18, 4), amount_31_60 decimal(18, 4),
    amount_61_90 decimal(18, 4), amount_over_90 decimal(18, 4), amount_due decimal(18, 4), invoice_count bigint
);
create table receivables.payment_deltas (
    as_of_on date, delta_key varchar, tenant_id varchar, invoice_key varchar, delta_kind varchar,
    source_key varchar, amount_delta decimal(18, 4), amount_due_before decimal(18, 4),
    amount_due_after decimal(18, 4), currency_code varchar, business_on date, known_at timestamptz
);
create table receivables.balances (
    as_of_on date, tenant_id varchar, currency_code varchar, amount_opening decimal(18, 4),
    amount_invoiced decimal(18, 4), amount_paid decimal(18, 4), amount_credited decimal(18, 4),
    amount_closing decimal(18, 4), amount_difference decimal(18, 4)
);

create table plan.runs (
    plan_id varchar primary key, planned_at timestamptz, as_of_at timestamptz, policy_hash varchar,
    input_hash varchar, write_count bigint, is_held boolean, held_reason varchar
);
create table plan.writes (
    write_id varchar, plan_id varchar, kind varchar, target_system varchar, target_object varchar, action varchar,
    target_key_field varchar, target_key varchar, target_id varchar, tenant_id varchar, source_table varchar,
    source_id varchar, payload json, before json, reason varchar, explanation varchar, amount decimal(18, 4),
    currency_code varchar, depends_on varchar[], approval varchar, planned_at timestamptz
);
create table plan.exclusions (
    plan_id varchar, subject_table varchar, subject_key varchar, kind varchar, reason varchar,
    explanation varchar, amount decimal(18, 4), currency_code varchar
);

-- Append-only. The newest row per write_id is its state.
create sequence ledger.attempt_number;
create table ledger.attempts (
    attempt_number bigint default nextval('ledger.attempt_number'),
    attempt_id varchar, write_id varchar, state varchar, kind varchar, target_system varchar,
    target_object varchar, target_key_field varchar, target_key varchar, payload json, batch_id varchar,
    idempotency_key varchar, http_status integer, error_code varchar, error_class varchar, message varchar,
    remote_id varchar, run_id varchar, attempted_at timestamptz, actor varchar
);
create view ledger.current as
    select * from ledger.attempts
    qualify row_number() over (partition by write_id order by attempt_number desc) = 1;
