-- What a mapping of any field needs: our mirror records' further fields, and what Salesforce says of every field.
-- mapped_fields: the fields that the policy names, by API name, as JSON values of the API; null when all are empty.
alter table raw_salesforce.xero_invoices add column mapped_fields json;
create or replace view raw_salesforce.xero_invoices_current as select * from raw_salesforce.xero_invoices where known_to is null;

-- Grain: one per field of a mirrored object that the integration user sees, as described at described_at.
-- Key: org_id, sf_object, field. length in characters; precision and scale in digits; picklist_values: the active ones.
create table ops.salesforce_fields (
    org_id varchar, sf_object varchar, field varchar, field_type varchar, length integer, precision integer,
    scale integer, is_createable boolean, is_updateable boolean, is_calculated boolean, is_nillable boolean,
    is_external_id boolean, is_unique boolean, is_restricted boolean, picklist_values varchar[],
    reference_to varchar[], relationship_name varchar, described_at timestamptz
);
