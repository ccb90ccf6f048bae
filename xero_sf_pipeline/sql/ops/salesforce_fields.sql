-- Grain: one per field of one object as it is described now. The rows of the object before were deleted.
-- $fields: the described fields as a JSON array.
insert into ops.salesforce_fields
select
    $org_id,
    $sf_object,
    f.name,
    f.type,
    f.length,
    f.precision,
    f.scale,
    f.is_createable,
    f.is_updateable,
    f.is_calculated,
    f.is_nillable,
    f.is_external_id,
    f.is_unique,
    f.is_restricted,
    f.picklist_values,
    f.reference_to,
    f.relationship_name,
    $described_at
from (
    select unnest(from_json($fields::json, '[{
        "name": "VARCHAR", "type": "VARCHAR", "length": "INTEGER", "precision": "INTEGER", "scale": "INTEGER",
        "is_createable": "BOOLEAN", "is_updateable": "BOOLEAN", "is_calculated": "BOOLEAN", "is_nillable": "BOOLEAN",
        "is_external_id": "BOOLEAN", "is_unique": "BOOLEAN", "is_restricted": "BOOLEAN",
        "picklist_values": ["VARCHAR"], "reference_to": ["VARCHAR"], "relationship_name": "VARCHAR"
    }]')) as f
) described
