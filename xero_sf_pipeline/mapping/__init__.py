"""Fields that follow each other: compares the two records that belong together, field by field.

Belongs here: contact details (spelled by `parties`) and the policy's mappings, and what both sides last agreed on. Does
not belong here: who wins, and the writes (`planning`).
"""
