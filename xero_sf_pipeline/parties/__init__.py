"""Contact details of linked contacts and accounts: how each side spells them, and who is missing.

Belongs here: spellings, and the details of a pair. Does not belong here: keeping them (`mapping`), and who wins
(`planning`).
"""
