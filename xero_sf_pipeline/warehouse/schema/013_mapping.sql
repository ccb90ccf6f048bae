-- Fields that follow each other, of any two records that belong together: contact details and the policy's mappings.
create schema mapping;

-- Grain: one per (xero_key, field). What both sides last said alike, in the form in which spellings are equal.
-- Durable: a conflict is a difference of both sides from this. Void when Xero's record belongs to another one now.
create table mapping.agreed_values (
    xero_key varchar, field varchar, sf_key varchar, agreed_value varchar, xero_text varchar, sf_text varchar,
    agreed_at timestamptz
);
-- Grain: one per (xero_key, field). Each side's value as last seen, and the source's own time of the record when it was
-- first seen to be so; null when it always was. Durable.
create table mapping.seen_values (
    xero_key varchar, field varchar, sf_key varchar, xero_value varchar, xero_changed_at timestamptz,
    sf_value varchar, sf_changed_at timestamptz
);
-- Grain: one per (xero_key, field) of two records that belong together, rebuilt. Values in comparable form, texts as
-- people read them. Where the values differ: what a write to either side would hold, what is there now, or why it
-- cannot. sf_key: the record that Xero's belongs to; sf_record_id: the one that holds the field, null before it exists.
create table mapping.field_values (
    xero_object varchar, xero_key varchar, tenant_id varchar, sf_key varchar, subject varchar, field varchar,
    xero_value varchar, sf_value varchar, xero_text varchar, sf_text varchar, sf_object varchar, sf_record_id varchar,
    to_salesforce json, salesforce_before json, to_salesforce_problem varchar, to_xero json, xero_before json,
    to_xero_problem varchar, xero_changed_at timestamptz, sf_changed_at timestamptz, xero_updated_at timestamptz,
    sf_updated_at timestamptz
);

insert into mapping.agreed_values
select contact_key, field, sf_account_id, agreed_value, xero_text, sf_text, agreed_at from parties.agreed_values;
insert into mapping.seen_values
select contact_key, field, sf_account_id, xero_value, xero_changed_at, sf_value, sf_changed_at from parties.seen_values;
drop table parties.agreed_values;
drop table parties.seen_values;
drop table parties.field_values;
