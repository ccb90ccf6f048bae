-- Grain of an offender: one per record and measure whose difference between the systems nobody can explain, and one per
-- total whose stated differences do not add up to it.
select coalesce(record_name, record_key) as record_key, sf_account_id, currency_code, measure, side, amount_expected,
    amount_found, amount_difference
from reporting.control_differences
where reason = 'unexplained'
union all
select 'total', sf_account_id, currency_code, measure, 'sum of differences', amount_difference,
    (amount_explained + amount_unexplained)::decimal(18, 4), (amount_difference - amount_explained - amount_unexplained)::decimal(18, 4)
from reporting.control_totals
where abs(amount_difference - amount_explained - amount_unexplained) >= 0.005 * greatest(record_count, 1)
