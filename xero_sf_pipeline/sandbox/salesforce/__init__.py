"""A stand-in for a Salesforce org, behind the same HTTP API.

    state            one org: records, metadata, rights; the hands of "somebody else in the org"
    routes           /services/... : token, versions, limits, then the api_* modules and soap
    schema, standard_objects, values, ids          what records are made of
    storage          SQLite
    soql/, query     reading by REST;  bulk_query, bulk_results: reading in bulk
    row_input, writes, object_rules, org_rules, deletion    changing records;  bulk_ingest: changing in bulk
    metadata_xml, deployment, formula, permissions          custom fields, objects, permission sets

Belongs here: what the real service does, as strict as it is. Does not belong here: anything production code imports.
"""
