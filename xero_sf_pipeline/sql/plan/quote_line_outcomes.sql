-- Grain: one row per quote whose opportunity follows it. Key: quote_key. What becomes of its lines as a whole.
-- outcome: 'other_lines': a person gave the opportunity lines, or they cannot be seen; 'unmatched': a line fits no
-- product, or the lines do not come to the amount; 'removed': a person took all of ours away; 'awaiting': they are made
-- and not read back; 'matched': every line is to be there. has_our_lines: the opportunity shows lines of ours;
-- is_as_quoted: the lines that it shows come to the quote's amount.
create or replace temp table quote_line_outcomes as
with wanted as (
    select
        quote_key, sum(amount) as amount, count(*) as line_count, any_value(sf_pricebook_id) as sf_pricebook_id,
        list({'line_number': line_number, 'item_code': item_code, 'description': description, 'problem': problem}
            order by line_number) filter (problem is not null) as problems
    from quote_lines_wanted
    group by quote_key
),
shown as (
    select
        c.quote_key, count(*) filter (starts_with(lower(l.xero_line_key), lower(c.quote_key) || ':')) as our_count,
        count(*) as line_count, sum(l.amount_total) as amount
    from quote_changes c
    join core.opportunity_lines l on l.sf_opportunity_id = c.sf_opportunity_id
    group by c.quote_key
),
lost as (
    select quote_key, bool_or(is_awaited) as is_awaited
    from quote_line_changes
    where sf_opportunity_line_id is null and confirmed_at is not null
    group by quote_key
)
select
    c.quote_key, coalesce(w.amount, 0) as amount_lines, coalesce(w.line_count, 0) as line_count, w.problems,
    w.sf_pricebook_id, coalesce(s.our_count, 0) > 0 as has_our_lines,
    coalesce(s.amount = c.amount, false) as is_as_quoted,
    case
        when coalesce(s.line_count, 0) > coalesce(s.our_count, 0) then 'other_lines'
        when c.has_lines and s.quote_key is null then if(coalesce(l.is_awaited, false), 'awaiting', 'other_lines')
        when w.problems is not null or coalesce(w.amount, 0) <> c.amount then 'unmatched'
        when s.quote_key is null and l.is_awaited then 'awaiting'
        when s.quote_key is null and l.quote_key is not null then 'removed'
        else 'matched'
    end as outcome
from quote_changes c
left join wanted w on w.quote_key = c.quote_key
left join shown s on s.quote_key = c.quote_key
left join lost l on l.quote_key = c.quote_key
where c.has_followed_lines
