"""What a customer is called, where it is and how it is reached, in the spelling of either system.

Belongs here: normal forms of values (so that two spellings of one fact are equal), the spelling that each system takes,
and the comparison of a linked contact with its account. Does not belong here: which side wins (`planning/parties.py`),
who belongs to whom (`matching`).
"""
