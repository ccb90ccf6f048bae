-- Grain: one row, the facts of a record that has no amounts to add up: a task, person, quote or organisation.
with records as (
    select 'task' as kind, sf_task_id as record_key, [
            {'name': 'subject', 'value': subject}, {'name': 'status', 'value': task_status}, {'name': 'account', 'value': sf_account_id},
            {'name': 'alert', 'value': alert_key}, {'name': 'evidence', 'value': description}] as facts
    from seen_core_tasks
    union all
    select 'person', sf_contact_id, [{'name': 'name', 'value': full_name}, {'name': 'account', 'value': sf_account_id}, {'name': 'email', 'value': email}]
    from seen_core_people
    union all
    select 'quote', quote_key, [{'name': 'number', 'value': quote_number}, {'name': 'status', 'value': quote_status}, {'name': 'title', 'value': title},
            {'name': 'total', 'value': amount_total::varchar || ' ' || currency_code}, {'name': 'expires on', 'value': expires_on::varchar}]
    from seen_core_quotes
    union all
    select 'organisation', tenant_id, [{'name': 'name', 'value': organisation_name}, {'name': 'base currency', 'value': base_currency_code},
            {'name': 'country', 'value': country_code}, {'name': 'time zone', 'value': time_zone}]
    from seen_core_organisations
)
select facts from records where kind = $kind and record_key = $key
