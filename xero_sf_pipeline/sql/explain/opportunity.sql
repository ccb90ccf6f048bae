-- Grain: one row, the opportunity.
select o.*, a.account_name, coalesce(o.currency_code, a.currency_code) as deal_currency_code
from seen_core_opportunities o
left join seen_core_accounts a on a.sf_account_id = o.sf_account_id
where o.sf_opportunity_id = $key
