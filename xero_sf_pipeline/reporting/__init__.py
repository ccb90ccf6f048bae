"""What people read: control totals, booked against billed against paid, explanations of a value, the report page.

Belongs here: everything that looks back at the other stages and changes none of them. Does not belong here: deriving
receivables or billing, planning, pushing, Dagster.
"""
