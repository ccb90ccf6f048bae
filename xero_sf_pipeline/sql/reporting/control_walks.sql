-- Grain: one row per (tenant_id, entity of Xero that carries money): its newest walk. The sums mix currencies: a
-- control figure, not a business figure.
create or replace temp table walks as
select * from seen_ops_extracts
where source = 'xero' and amount_read is not null
qualify row_number() over (partition by tenant_id, entity order by finished_at desc, extract_id) = 1
