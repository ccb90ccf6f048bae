"""The known truth of a messy company of 10,000 contacts: no wrong automatic link, and hardly a true pair missed.

The company comes straight as `core` tables, whose shape a test of the generator compares with the pipeline's own. Stored
links are left out, so that every contact has to be found by its evidence. Duplicate accounts, between which nobody could
tell, count as true pairs: either account is right, and review is the best outcome.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from xero_sf_pipeline.matching import MatchingPolicy, MatchReport, match
from xero_sf_pipeline.sandbox.company import CompanySpec, generate
from xero_sf_pipeline.sandbox.company.scale import write_core
from xero_sf_pipeline.warehouse.statements import sql
from xero_sf_pipeline_tests.matching.desk import NOW

SPEC = CompanySpec(seed=7, contacts=10_000, accounts=9_000, invoices=20_000)


def matched(spec: CompanySpec) -> tuple[duckdb.DuckDBPyConnection, MatchReport]:
    """A database with the company, its links and `truth`: one row per contact, right_accounts empty for strangers."""
    connection = duckdb.connect()
    connection.execute("create schema matching")
    connection.execute(sql("matching", "decisions"))
    write_core(connection, spec)
    connection.execute(
        "create table core.account_links (contact_key varchar, tenant_id varchar, xero_contact_id varchar, "
        "sf_account_id varchar, sf_xero_contact_id varchar)"
    )
    truth = [
        (f"{row.tenant_id}:{row.contact_id}", str(row.variety), list(row.acceptable_account_ids))
        for row in generate(spec).truth
    ]
    connection.execute(
        "create table truth as select unnest($keys) as contact_key, unnest($varieties) as variety, "
        "unnest($accounts::varchar[][]) as right_accounts",
        dict(zip(("keys", "varieties", "accounts"), map(list, zip(*truth, strict=True)), strict=True)),
    )
    return connection, match(connection, MatchingPolicy(), NOW)


@pytest.fixture(scope="module")
def company() -> Iterator[duckdb.DuckDBPyConnection]:
    connection, _ = matched(SPEC)
    yield connection
    connection.close()


WRONG_LINKS = """
    select links.contact_key, truth.variety, links.sf_account_id, links.explanation
    from matching.links
    join truth using (contact_key)
    where links.outcome = 'linked' and not list_contains(truth.right_accounts, links.sf_account_id)
    order by links.contact_key
"""
REACHED = """
    select
        count(*) as true_pairs,
        count(*) filter (links.outcome in ('linked', 'review')
                         and list_contains(truth.right_accounts, links.sf_account_id)) as reached,
        count(*) filter (links.outcome = 'ignore' and links.reason in ('archived', 'supplier_only', 'merged_contact'))
            as left_alone
    from truth
    join matching.links using (contact_key)
    where len(truth.right_accounts) > 0
"""


def test_every_contact_has_a_known_truth_and_one_outcome(company: duckdb.DuckDBPyConnection) -> None:
    counted = "select count(*), count(truth.contact_key), count(distinct links.contact_key) from matching.links "
    assert company.execute(counted + "left join truth using (contact_key)").fetchall() == [(10_000, 10_000, 10_000)]


def test_no_contact_is_linked_to_a_wrong_account(company: duckdb.DuckDBPyConnection) -> None:
    assert company.execute(WRONG_LINKS).fetchall() == []


def test_all_but_one_in_twenty_true_pairs_are_linked_or_in_review_with_the_true_account_first(
    company: duckdb.DuckDBPyConnection,
) -> None:
    """The denominator is every contact that has a true account, those that the policy leaves alone included."""
    ((true_pairs, reached, left_alone),) = company.execute(REACHED).fetchall()
    assert true_pairs > 5_000
    assert reached / true_pairs >= 0.95
    # Of the pairs that matching is asked for, without archived contacts and mere suppliers, hardly one is missed.
    assert reached / (true_pairs - left_alone) >= 0.99


def test_what_waits_in_review_names_the_true_account_first_or_has_none(company: duckdb.DuckDBPyConnection) -> None:
    """A wrong proposal is allowed where no account is right, and rare where one is."""
    ((asked, wrong),) = company.execute(
        "select count(*), count(*) filter (not list_contains(truth.right_accounts, links.sf_account_id)) "
        "from matching.links join truth using (contact_key) "
        "where links.outcome = 'review' and len(truth.right_accounts) > 0"
    ).fetchall()
    assert asked > 100
    assert wrong / asked <= 0.05


def test_every_kind_of_mess_occurs(company: duckdb.DuckDBPyConnection) -> None:
    found = {name for (name,) in company.execute("select distinct variety from truth").fetchall()}
    assert {"typo", "trading_as", "branch", "namesake", "duplicate_account", "merged_contact", "renamed"} <= found
