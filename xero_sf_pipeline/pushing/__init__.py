"""Sends the newest plan's writes and keeps the ledger of every attempt.

Belongs here: which writes may go, in which order, what each answer means, what happened to every one of them.
Does not belong here: HTTP (`clients/`), deciding what should be written (`planning/`), Dagster.
"""
