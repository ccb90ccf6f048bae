-- Grain: one row per candidate write that is not planned: by the ledger, or because its kind is switched off.
insert into plan.exclusions by name
select
    $plan_id as plan_id, c.source_table as subject_table, c.source_id as subject_key, c.kind,
    coalesce(d.refusal, 'switched_off') as reason,
    case coalesce(d.refusal, 'switched_off')
        when 'switched_off' then 'Writes of kind ' || c.kind || ' are off in automation. It would be: ' || c.explanation
        when 'source_stale' then 'Waits: ' || d.stale_because || '. It would be: ' || c.explanation
        when 'dismissed' then 'A person dismissed this write. It was: ' || c.explanation
        when 'awaiting_read_back'
            then 'Sent and answered at ' || d.attempted_at || '; the next read of ' || case c.target_system when 'xero' then 'Xero' else 'Salesforce' end || ' will show it. '
                || c.explanation
        else 'Parked: ' || case c.target_system when 'xero' then 'Xero' else 'Salesforce' end || ' refused it (' || coalesce(d.error_code, d.error_class, 'no code') || ': '
            || coalesce(d.message, 'no message') || '). It is sent again when the record or the policy changes, or '
            || 'after `xero-sf errors retry`. It was: ' || c.explanation
    end as explanation,
    c.amount, c.currency_code
from candidate_writes c
join dispositions d on d.write_id = c.write_id
where d.refusal is not null or c.kind in (select kind from automation where automation = 'off')
