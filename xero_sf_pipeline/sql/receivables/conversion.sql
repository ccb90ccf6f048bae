-- Exact conversion of money: DuckDB divides decimals as doubles, so these divide whole numbers, halves away from zero.
-- A rate is units of the foreign currency for one unit of the other, as in Xero (base amount = amount / CurrencyRate)
-- and in Salesforce (CurrencyType.ConversionRate).

-- amount / rate, to eight decimals. Null when there is no rate.
create or replace macro receivables.converted(amount, rate) as (
    case when rate > 0 then (
        sign(amount)::hugeint * (
            (2::hugeint * abs((amount::decimal(38, 4) * 10000)::hugeint) * 100000000000000::hugeint
                + (rate::decimal(28, 10) * 10000000000)::hugeint)
            // (2::hugeint * (rate::decimal(28, 10) * 10000000000)::hugeint)
        )
    )::decimal(29, 0) * 0.00000001::decimal(9, 8) end
);
-- one / other, to ten decimals: the rate between two currencies that both have one into a third.
create or replace macro receivables.rate_between(one, other) as (
    case when one > 0 and other > 0 then (
        (2::hugeint * (one::decimal(28, 10) * 10000000000)::hugeint * 10000000000::hugeint
            + (other::decimal(28, 10) * 10000000000)::hugeint)
        // (2::hugeint * (other::decimal(28, 10) * 10000000000)::hugeint)
    )::decimal(27, 0) * 0.0000000001::decimal(11, 10) end
)::decimal(28, 10);
-- one * other, to ten decimals: from a currency over an organisation's base currency into the Salesforce currency.
create or replace macro receivables.rate_over(one, other) as (
    case when one > 0 and other > 0 then (
        ((one::decimal(28, 10) * 10000000000)::hugeint * (other::decimal(28, 10) * 10000000000)::hugeint
            + 5000000000::hugeint) // 10000000000::hugeint
    )::decimal(27, 0) * 0.0000000001::decimal(11, 10) end
)::decimal(28, 10);
