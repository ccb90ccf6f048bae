-- Contact details compared on both sides, the price list compared, quotes and what they became.
create schema parties;
create schema catalogue;
create schema quotes;

-- Grain: one per (contact_key, field). What both sides last said alike, in the form in which spellings are equal.
-- Durable: a conflict is a difference of both sides from this. Void when the contact moved to another account.
create table parties.agreed_values (
    contact_key varchar, field varchar, sf_account_id varchar, agreed_value varchar, xero_text varchar,
    sf_text varchar, agreed_at timestamptz
);
-- Grain: one per (contact_key, field). Each side's value as last seen, and the source's own time of the record when it
-- was first seen to be so; null when it always was. Durable.
create table parties.seen_values (
    contact_key varchar, field varchar, sf_account_id varchar, xero_value varchar, xero_changed_at timestamptz,
    sf_value varchar, sf_changed_at timestamptz
);
-- Grain: one per (contact_key, field) of linked primary contacts, rebuilt. Values in comparable form, texts as people
-- read them. Where the values differ: what a write to either side would hold, what is there now, or why it cannot.
create table parties.field_values (
    contact_key varchar, tenant_id varchar, sf_account_id varchar, field varchar, xero_value varchar,
    sf_value varchar, xero_text varchar, sf_text varchar, sf_object varchar, sf_record_id varchar,
    to_salesforce json, salesforce_before json, to_salesforce_problem varchar, to_xero json, xero_before json,
    to_xero_problem varchar, xero_changed_at timestamptz, sf_changed_at timestamptz, xero_updated_at timestamptz,
    sf_updated_at timestamptz
);
-- Grain: one per person of a contact that its account lacks, rebuilt. Key: person_key. sf_account_id is null while the
-- account is still to be created.
create table parties.missing_people (
    person_key varchar, contact_key varchar, tenant_id varchar, sf_account_id varchar, first_name varchar,
    last_name varchar, email varchar, exclusion varchar, explanation varchar
);

-- Grain: one per (tenant_id, code, difference), rebuilt. What an invoice would meet: see docs/catalogue.md.
create table catalogue.differences (
    tenant_id varchar, code varchar, difference varchar, item_key varchar, xero_item_id varchar,
    sf_product_id varchar, xero_text varchar, sf_text varchar, amount_item decimal(18, 4),
    amount_product decimal(18, 4), currency_code varchar, spoils_invoice boolean, explanation varchar
);

-- Grain: one per invoice of a quote, and one without invoice_key of an invoiced quote whose invoice a person has to name.
-- `outcome`: linked, review. Key: (quote_key, invoice_key). Rebuilt, as is the next.
create table quotes.invoice_links (
    quote_key varchar, tenant_id varchar, invoice_key varchar, outcome varchar, rule varchar,
    candidate_count integer, explanation varchar
);
-- Grain: one per opportunity of a quote that was invoiced. invoice_key is null while a person has to say which one.
create table quotes.billing_quote_links (
    sf_opportunity_id varchar, quote_key varchar, invoice_key varchar, link_source varchar, outcome varchar
);
