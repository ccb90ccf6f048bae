"""The part of SOQL that integrations use: parsed properly, checked against the org, run as SQL.

`parser` turns text into the tree of `syntax`, `compiler` turns the tree into one parameterised SQL statement,
`date_literals` knows what `LAST_N_DAYS:3` means. Not here: paging and JSON (`query`) and the Bulk API's own bans.
"""
