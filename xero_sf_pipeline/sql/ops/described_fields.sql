-- Grain: one per field of one object, of the org that was described last. Key: name. Columns as in FieldDescription.
select
    field as name,
    field_type as type,
    length,
    precision,
    scale,
    is_external_id,
    is_unique,
    is_createable,
    is_updateable,
    is_calculated,
    reference_to,
    relationship_name,
    picklist_values,
    is_restricted,
    is_nillable
from ops.salesforce_fields
where sf_object = $sf_object
    and org_id = (
        select org_id from ops.salesforce_fields where sf_object = $sf_object order by described_at desc, org_id limit 1
    )
order by field
