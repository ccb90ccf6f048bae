-- What people decided, as loaded from the append-only file. Grain: one row per event. Key: decision_id.
create table if not exists matching.decisions (
    decision_id varchar, contact_key varchar, sf_account_id varchar, decision varchar, decided_by varchar,
    decided_at timestamptz, reason varchar
);
