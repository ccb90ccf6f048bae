-- xero_line_key: `<quote_key>:<item code>:<n>` of a line that came from a Xero quote (Xero_Line_Key__c); else null.
alter table raw_salesforce.opportunity_lines add column xero_line_key varchar;
create or replace view raw_salesforce.opportunity_lines_current as
select * from raw_salesforce.opportunity_lines where known_to is null;
