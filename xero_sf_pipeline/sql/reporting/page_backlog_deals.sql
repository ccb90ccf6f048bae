-- Grain: one row per won deal that is not billed in full: the largest differences first, at most $list_rows a currency.
select coalesce(currency_code, 'unknown') as currency_code, opportunity_name, party_name, booked_on, amount_booked, amount_drafted, amount_billed_net,
    amount_difference, reason, explanation
from seen_reporting_booked_billed_paid
where row_kind = 'deal' and reason not in ('billed', 'nothing_to_bill')
qualify row_number() over (
    partition by currency_code order by abs(amount_difference) desc, booked_on, opportunity_name, row_key
) <= $list_rows
order by 1, abs(amount_difference) desc, booked_on, opportunity_name, row_key
