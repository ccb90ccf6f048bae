-- Grain: one row per item. Key: the first column. What mappings read of a record from which a new one is made: its key,
-- Xero's record, the Salesforce fields that the policy names, the country of phone numbers. All of this folder's new_*
-- files have these columns.
select r.tenant_id || ':' || r.xero_item_id, r.payload::varchar, null::varchar, g.country_code
from raw_xero.items_current r
left join core.organisations g on g.tenant_id = r.tenant_id
where not r.is_deleted
