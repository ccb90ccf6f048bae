-- What the pipeline knows about its own work. Durable; never rebuilt.
create schema ops;
create schema raw_xero;
create schema raw_salesforce;
create schema core;
create schema matching;
create schema receivables;
create schema plan;
create schema ledger;
create schema reporting;

create table ops.migrations (version integer primary key, name varchar, applied_at timestamptz);

-- Grain: one per (source, tenant_id, entity). The instant from which the next walk asks, before its overlap.
create table ops.cursors (
    source varchar, tenant_id varchar, entity varchar,
    watermark_at timestamptz, moved_at timestamptz, run_id varchar,
    primary key (source, tenant_id, entity)
);

-- Grain: one per walk of one entity of one tenant or org. The control totals: what the walk read, what was stored.
create table ops.extracts (
    extract_id varchar primary key, source varchar, tenant_id varchar, entity varchar, mode varchar,
    asked_from_at timestamptz, source_started_at timestamptz, started_at timestamptz, finished_at timestamptz,
    page_count bigint, call_count bigint, byte_count bigint,
    expected_row_count bigint, read_row_count bigint, distinct_row_count bigint, stored_row_count bigint,
    new_version_count bigint, deleted_count bigint, quarantined_count bigint,
    amount_read decimal(38, 4), amount_stored decimal(38, 4), run_id varchar
);

-- Grain: one per record that could not be typed. Kept until a later read of the same record succeeds.
create table ops.quarantine (
    source varchar, tenant_id varchar, entity varchar, record_id varchar, problem varchar, payload json,
    first_seen_at timestamptz, last_seen_at timestamptz, resolved_at timestamptz, run_id varchar
);

-- Grain: one per (source, entity, drift). Fields and values that the source sends and this version does not know.
create table ops.drift (
    source varchar, entity varchar, drift_kind varchar, field varchar, example varchar,
    first_seen_at timestamptz, last_seen_at timestamptz, seen_count bigint,
    primary key (source, entity, drift_kind, field, example)
);

-- Grain: one per (system, tenant_id, UTC day): calls and bytes as the clients metered them.
create table ops.api_usage (
    system varchar, tenant_id varchar, used_on date, call_count bigint, bytes_in bigint, bytes_out bigint,
    remaining_count bigint, updated_at timestamptz, primary key (system, tenant_id, used_on)
);

-- Grain: one per (source, tenant_id, name): small facts kept between runs (connected tenants, described fields).
create table ops.facts (
    source varchar, tenant_id varchar, name varchar, body json, read_at timestamptz,
    primary key (source, tenant_id, name)
);

-- Grain: one per derived stage: the fingerprint of the inputs it was last built from.
create table ops.derivations (stage varchar primary key, input_hash varchar, built_at timestamptz, run_id varchar);
