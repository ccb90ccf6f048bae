-- Grain: one row per line with an amount of a quote whose opportunity follows it. Key: line_key (key_form: as keys compare).
-- amount is without tax (with tax when the policy takes the total) in the quote's currency, and holds the discount.
-- `problem` says why the line fits no product, else null. A product is found by its code, as the catalogue does; its
-- price is of the opportunity's own price book, else of the policy's (null: the standard one), in the quote's currency.
-- The line is named by its item and how often the item came before: both outlive edits in Xero, which gives lines new
-- ids when they are saved without theirs, and which moves positions when a line is put in between.
create or replace temp table quote_lines_wanted as
with followed as (
    select *, case when has_currencies then currency_code end as price_currency_code
    from quote_changes
    where has_followed_lines
),
chosen_book as (
    select min(sf_pricebook_id) as sf_pricebook_id
    from raw_salesforce.pricebooks_current
    where not is_deleted and is_active
        and case when $pricebook_id::varchar is null then is_standard
            else left(sf_pricebook_id, 15) = left($pricebook_id::varchar, 15) end
),
lines as (
    select
        f.quote_key, l.line_number, trim(l.item_code) as item_code, lower(trim(l.item_code)) as code_form,
        l.description, l.quantity, f.price_currency_code,
        coalesce(f.sf_pricebook_id, b.sf_pricebook_id) as sf_pricebook_id,
        (l.amount_line + coalesce(l.amount_tax, 0) * case
            when upper(f.line_amount_types) = 'INCLUSIVE' then case when $amount_kind = 'total' then 0 else -1 end
            else case when $amount_kind = 'total' then 1 else 0 end end)::decimal(18, 2) as amount
    from followed f
    cross join chosen_book b
    join core.quote_lines l on l.quote_key = f.quote_key
),
sold as (
    select lower(trim(product_code)) as code_form, count(*) as product_count, min(sf_product_id) as sf_product_id
    from core.products
    where is_active and trim(product_code) <> ''
    group by 1
),
entries as (
    select sf_product_id, sf_pricebook_id, currency_code, min(sf_pricebook_entry_id) as sf_pricebook_entry_id
    from core.prices
    where is_active
    group by all
),
numbered as (
    select *, row_number() over (partition by quote_key, code_form order by line_number) as n
    from lines
    where amount <> 0
)
select
    l.quote_key, l.line_number, l.item_code, l.description, l.quantity, l.amount, l.sf_pricebook_id,
    e.sf_pricebook_entry_id,
    l.quote_key || ':' || l.item_code || ':' || l.n as line_key,
    lower(l.quote_key || ':' || l.item_code || ':' || l.n) as key_form,
    case
        when coalesce(l.item_code, '') = '' then 'has no item'
        when s.product_count is null then 'is no active product'
        when s.product_count > 1 then 'is the code of several active products'
        when l.sf_pricebook_id is null then 'has no active price book'
        when e.sf_pricebook_entry_id is null then 'has no active price in the price book'
        when coalesce(l.quantity, 0) <= 0 then 'has no positive quantity'
        when l.quantity <> l.quantity::decimal(18, 2) then 'has a quantity of more than two decimals'
        when length(l.quote_key || ':' || l.item_code || ':' || l.n) > 120 then 'has too long a code'
    end as problem
from numbered l
left join sold s on s.code_form = l.code_form
left join entries e on e.sf_product_id = s.sf_product_id and e.sf_pricebook_id = l.sf_pricebook_id
    and e.currency_code is not distinct from l.price_currency_code
