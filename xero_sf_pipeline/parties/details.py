"""The details of every linked contact and its account, and the people that the account lacks.

Belongs here: which pairs there are, and how details are written in this org. Does not belong here: one pair's details
(`comparison.py`), what both sides agreed on (`mapping/derive.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from duckdb import DuckDBPyConnection

from xero_sf_pipeline.parties.comparison import Comparison, Spelling, compare
from xero_sf_pipeline.warehouse.slices import rows_of
from xero_sf_pipeline.warehouse.statements import sql

if TYPE_CHECKING:
    from xero_sf_pipeline.policy import Policy


def create_pairs(connection: DuckDBPyConnection) -> int:
    """Create temp.party_pairs, one row per linked account with the contact that it names, and return how many."""
    connection.execute(sql("parties", "pairs"))
    ((count,),) = connection.execute("select count(*) from party_pairs").fetchall()
    return int(count)


def details(connection: DuckDBPyConnection, policy: Policy) -> Iterator[tuple[dict[str, Any], Comparison]]:
    """Yield each detail of each pair, with the pair's row; nothing while the section is off."""
    if not policy.parties.enabled:
        return
    spelling = spelling_of(connection, policy)
    for row in rows_of(connection, "from party_pairs order by contact_key"):
        for compared in compare(row, spelling):
            yield row, compared


def find_missing_people(connection: DuckDBPyConnection, policy: Policy) -> int:
    """Rebuild parties.missing_people from temp.party_pairs, and return how many there are."""
    connection.execute("delete from parties.missing_people")
    if not policy.parties.enabled or policy.parties.people == "off":
        return 0
    connection.execute(sql("parties", "missing_people"))
    ((count,),) = connection.execute("select count(*) from parties.missing_people").fetchall()
    return int(count)


def spelling_of(connection: DuckDBPyConnection, policy: Policy) -> Spelling:
    """Return how details are written in this org: its picklists of states and countries show in the accounts' codes."""
    ((has_codes,),) = connection.execute("select exists (from core.accounts where country_code is not null)").fetchall()
    return Spelling(
        state_countries=frozenset(policy.parties.state_countries) if has_codes else None,
        tax_number_field=policy.parties.tax_number_field,
    )
