-- Grain: one row: the instant that the page is as of (the newest thing that the snapshot knows), and what is set up.
select
    greatest(
        (select max(planned_at) from seen_plan_runs), (select max(finished_at) from seen_ops_extracts),
        (select max(attempted_at) from seen_ledger_attempts), (select max(as_of_at) from seen_reporting_control_totals)
    ) as as_of_at,
    (select max(as_of_on) from seen_receivables_balances) as as_of_on,
    exists (from seen_reporting_control_totals) as is_reconciled,
    exists (from seen_core_xero_invoices) or exists (from seen_receivables_invoice_status) as is_status_set_up,
    exists (from seen_billing_schedule) or exists (from seen_billing_invoice_links) as is_billing_set_up
