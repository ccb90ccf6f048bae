-- The newest evidence of the episodes that go on.
update receivables.alerts as e
set tenant_id = c.tenant_id, amount = c.amount, currency_code = c.currency_code, evidence = c.evidence,
    subject_key = c.subject_key, updated_at = $as_of::timestamptz
from receivables.alert_causes c
where e.ended_on is null and c.sf_account_id = e.sf_account_id and c.reason = e.reason
    and (e.evidence is distinct from c.evidence or e.amount is distinct from c.amount)
