-- Grain: one row per version of the opportunity that was read, the newest first.
select opportunity_name, stage_name, is_won, amount, amount_billed, amount_paid, amount_invoice_due, updated_at,
    known_from, known_to, is_deleted, run_id
from seen_raw_salesforce_opportunities
where sf_opportunity_id = $key
order by known_from desc
limit 20
