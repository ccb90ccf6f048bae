"""Measuring matching on labelled contacts."""

from __future__ import annotations

from pathlib import Path

import pytest

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.matching.sample import SampleReport, measure
from xero_sf_pipeline_tests.matching.desk import ACME, ACME_CONTACT, UNRELATED, Desk, account, contact, stored_link


def desk() -> Desk:
    """c1 is linked by score, c2 by a stored link, c3 to an account of our making, c4 has no account."""
    found = Desk(
        [ACME_CONTACT, contact("c2", "Brook & Co"), contact("c3", "Cedar Labs"), contact("c4", "Delta Freight")],
        [ACME, UNRELATED, account("A2", "Something else"), account("A3", "Cedar Labs")],
        links=[stored_link("c2", "A2"), stored_link("c3", "A3", by_key=True)],
    )
    found.connection.execute(
        "create schema ledger; create table ledger.attempts as "
        "select 'confirmed' as state, 'account.create' as kind, 'c3' as target_key, 'A3' as remote_id"
    )
    found.match()
    return found


def labelled(folder: Path, *lines: str) -> Path:
    file = folder / "labelled_matches.csv"
    file.write_text("\n".join(["contact_key,sf_account_ids", *lines]) + "\n", encoding="utf-8")
    return file


def test_right_wrong_and_created_links_are_told_apart(tmp_path: Path) -> None:
    file = labelled(tmp_path, "t:c1,A1 A7", "t:c2,A9", "t:c3,", "t:c4,", "t:unknown,A1")
    found = measure(desk().connection, file)
    assert found == SampleReport(
        contact_count=4, pair_count=2, right_count=1, wrong_count=1, reached_count=1, review_count=0
    )
    assert found.metrics() == {
        "sample_contact_count": 4,
        "sample_pair_count": 2,
        "sample_wrong_link_count": 1,
        "sample_precision": 0.5,
        "sample_recall": 0.5,
        "sample_reached_share": 0.5,
        "sample_review_share": 0.0,
    }


def test_rates_without_a_denominator_are_left_out(tmp_path: Path) -> None:
    found = measure(desk().connection, labelled(tmp_path, "t:c4,"))
    assert found is not None
    assert sorted(found.metrics()) == [
        "sample_contact_count",
        "sample_pair_count",
        "sample_review_share",
        "sample_wrong_link_count",
    ]


def test_without_a_sample_there_is_nothing_to_measure(tmp_path: Path) -> None:
    assert measure(desk().connection, tmp_path / "none.csv") is None


def test_a_file_with_other_columns_is_refused_with_the_right_ones(tmp_path: Path) -> None:
    file = tmp_path / "labelled_matches.csv"
    file.write_text("contact;account\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="contact_key,sf_account_ids"):
        measure(desk().connection, file)
