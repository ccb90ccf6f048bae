"""Reads Xero and Salesforce into the raw history tables.

A walk fetches every page first and spools it, then loads it in one transaction, together with its control totals and
its cursor: HTTP never happens inside a transaction, and a cursor never moves past a row that is not stored. Belongs
here: what to ask for, when a walk is complete, cursors. Does not belong here: how to speak HTTP (`clients`), how
history is kept (`warehouse`), when to run (`defs`).
"""
