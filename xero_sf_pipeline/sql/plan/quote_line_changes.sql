-- Grain: one row per line that a quote has, that its opportunity has from us, or that we once gave it. Key: quote_key, key_form.
-- `wanted_` is null of a line that left the quote, `sf_opportunity_line_id` of one that Salesforce does not show.
-- is_as_given: quantity and total are what we sent last, so that no person has changed them since. What was sent and not
-- answered counts, since it may have arrived; what was refused does not.
create or replace temp table quote_line_changes as
with attempts as (
    select
        lower(target_key) as key_form, attempt_number, state, attempted_at, payload ->> '$.Description' as description,
        (payload ->> '$.Quantity')::decimal(18, 4) as quantity, (payload ->> '$.TotalPrice')::decimal(18, 4) as amount
    from ledger.attempts
    where target_object = 'OpportunityLineItem' and kind = 'opportunity_line.upsert'
        and state in ('confirmed', 'intent', 'sent', 'unknown')
),
given as (
    select
        key_form, split_part(key_form, ':', 1) || ':' || split_part(key_form, ':', 2) as quote_form,
        max(attempted_at) filter (state = 'confirmed') as confirmed_at,
        arg_max(description, attempt_number) filter (description is not null) as description,
        list({'quantity': quantity, 'amount': amount}) filter (attempt_number >= confirmed_number) as sent
    from (
        select *, coalesce(max(attempt_number) filter (state = 'confirmed') over (partition by key_form), 0)
            as confirmed_number
        from attempts
    )
    group by key_form
),
shown as (
    select c.quote_key, l.sf_opportunity_line_id, l.xero_line_key, lower(l.xero_line_key) as key_form,
        l.product_code, l.quantity, l.amount_total, l.description, epoch_us(l.updated_at) as target_updated_us
    from quote_changes c
    join core.opportunity_lines l on l.sf_opportunity_id = c.sf_opportunity_id
    where starts_with(lower(l.xero_line_key), lower(c.quote_key) || ':')
),
known as (
    select c.quote_key, g.key_form
    from quote_changes c
    join given g on g.quote_form = lower(c.quote_key)
    where c.sf_opportunity_id is not null and g.confirmed_at is not null
),
keys as (
    select quote_key, key_form from shown
    union
    select quote_key, key_form from known
    union
    select quote_key, key_form from quote_lines_wanted where problem is null
)
select
    k.quote_key, k.key_form, w.line_number, w.line_key, w.item_code, w.description as wanted_description,
    w.quantity::decimal(18, 2) as wanted_quantity, w.amount as wanted_amount, w.sf_pricebook_entry_id,
    s.sf_opportunity_line_id, s.xero_line_key, s.product_code, s.quantity::decimal(18, 2) as quantity,
    s.amount_total::decimal(18, 2) as amount, s.description, s.target_updated_us,
    coalesce(list_contains(g.sent, {'quantity': s.quantity, 'amount': s.amount_total}), false) as is_as_given,
    g.description as description_given, g.confirmed_at,
    coalesce(g.confirmed_at > $now::timestamptz - to_hours($read_back_hours), false) as is_awaited
from keys k
left join quote_lines_wanted w on w.quote_key = k.quote_key and w.key_form = k.key_form and w.problem is null
left join shown s on s.quote_key = k.quote_key and s.key_form = k.key_form
left join given g on g.key_form = k.key_form
