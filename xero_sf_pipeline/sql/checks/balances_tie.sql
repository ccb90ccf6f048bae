-- Grain of an offender: one per (day, tenant, currency) where opening + invoiced - paid - credited is not closing.
select as_of_on, tenant_id, currency_code, amount_difference from receivables.balances where amount_difference <> 0
