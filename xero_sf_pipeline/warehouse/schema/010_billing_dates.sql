-- issue_on: the date that the invoice gets if it is made today; planned_due_on: due, counted from the planned day.
alter table billing.schedule add column issue_on date;
alter table billing.schedule add column planned_due_on date;
