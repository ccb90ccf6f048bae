-- One row: a fingerprint of everything that planning reads. Equal inputs give an equal fingerprint, in any row order.
select md5(concat_ws('/',
    (select count(*) || ':' || sum(hash(t)) from core.organisations t),
    (select count(*) || ':' || sum(hash(t)) from core.contacts t),
    (select count(*) || ':' || sum(hash(t)) from core.accounts t),
    (select count(*) || ':' || sum(hash(t)) from core.users t),
    (select count(*) || ':' || sum(hash(t)) from core.xero_contacts t),
    (select count(*) || ':' || sum(hash(t)) from core.cases t),
    (select count(*) || ':' || sum(hash(t)) from core.invoices t),
    (select count(*) || ':' || sum(hash(t)) from core.payments t),
    (select count(*) || ':' || sum(hash(t)) from core.credit_applications t),
    (select count(*) || ':' || sum(hash(t.contact_key, t.outcome, t.sf_account_id, t.method, t.is_primary))
        from matching.links t),
    (select count(*) || ':' || sum(hash(t)) from receivables.overdue_invoices t
        semi join plan_days d on d.tenant_id = t.tenant_id and d.as_of_on = t.as_of_on),
    (select count(*) || ':' || sum(hash(t)) from core.opportunities t),
    (select count(*) || ':' || sum(hash(t)) from core.people t),
    (select count(*) || ':' || sum(hash(t)) from core.credits t),
    (select count(*) || ':' || sum(hash(t)) from core.invoice_lines t semi join billing.invoice_links k using (invoice_key)),
    (select count(*) || ':' || sum(hash(t)) from billing.invoice_links t),
    (select count(*) || ':' || sum(hash(t)) from billing.schedule t),
    (select count(*) || ':' || sum(hash(t)) from billing.schedule_lines t),
    (select count(*) || ':' || sum(hash(t.attempt_number, t.write_id, t.state)) from ledger.attempts t),
    (select count(*) || ':' || sum(hash(t)) from person_approvals t),
    (select count(*) || ':' || sum(hash(t.tenant_id, t.as_of_on)) from plan_days t)
)) as input_hash
