-- Grain of an offender: one per overdue invoice without a case, a review entry or a stated exclusion.
select invoice_key as record_key, coverage from plan.invoice_coverage where coverage = 'unexplained'
