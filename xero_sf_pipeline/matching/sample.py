"""How good matching is, measured on contacts whose answer somebody knows for certain.

The sample is a CSV file, `data/decisions/labelled_matches.csv`, with the columns `contact_key` and `sf_account_ids`
(every account that would be right, separated by blanks; empty when the contact has none). It only measures: unlike a
decision, a label never changes a match.

Belongs here: reading the sample and counting. Does not belong here: how matches are found.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.warehouse.statements import sql

HEADER = "contact_key,sf_account_ids"


@dataclass(frozen=True)
class SampleReport:
    """Counts of labelled contacts. `pair_count` is of those that have an account."""

    contact_count: int
    pair_count: int
    right_count: int
    wrong_count: int
    reached_count: int
    review_count: int

    def metrics(self) -> dict[str, int | float | str]:
        """Precision and recall of the automatic links, and the share of pairs linked or first in review; all 0 to 1."""
        linked = self.right_count + self.wrong_count
        rates = {
            "sample_precision": (self.right_count, linked),
            "sample_recall": (self.right_count, self.pair_count),
            "sample_reached_share": (self.reached_count, self.pair_count),
            "sample_review_share": (self.review_count, self.contact_count),
        }
        row: dict[str, int | float | str] = {
            "sample_contact_count": self.contact_count,
            "sample_pair_count": self.pair_count,
            "sample_wrong_link_count": self.wrong_count,
        }
        return row | {name: round(part / whole, 4) for name, (part, whole) in rates.items() if whole}


def measure(connection: duckdb.DuckDBPyConnection, file: Path) -> SampleReport | None:
    """Compare `matching.links` with the sample; None when there is no sample.

    Args:
        connection: holds matching.links and ledger.attempts.

    Raises:
        ConfigError: the file has other columns.
    """
    if not file.exists():
        return None
    with file.open(encoding="utf-8-sig") as opened:
        header = opened.readline().strip()
    if header != HEADER:
        raise ConfigError(f"{file} begins with {header!r}.", remedy=f"Its first line must be: {HEADER}")
    ((contacts, pairs, right, wrong, reached, review),) = connection.execute(
        sql("matching", "labelled_outcomes"), {"file": str(file)}
    ).fetchall()
    return SampleReport(contacts, pairs, right, wrong, reached, review)
