"""Matches Xero contacts with Salesforce accounts: normalise, block, score, decide.

Belongs here: the order of the steps and the counts they end in. Does not belong here: the rules (`sql/matching/`), the
thresholds (`policy.py`), the people's decisions (`decisions.py`), Dagster, HTTP.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import duckdb

from xero_sf_pipeline.matching import vocabulary
from xero_sf_pipeline.matching.policy import MatchingPolicy
from xero_sf_pipeline.matching.sample import SampleReport
from xero_sf_pipeline.warehouse.statements import parsed, sql

STEPS: Final[tuple[str, ...]] = (
    "account_resolution",
    "contact_resolution",
    "standing_decisions",
    "established_links",
    "parties",
    "name_words",
    "words",
    "near_words",
    "party_names",
    "people",
    "party_hosts",
    "host_domains",
    "party_domains",
    "party_facts",
    "block_keys",
    "candidate_pairs",
    "pair_names",
    "pair_facts",
    "shortlist",
    "pair_places",
    "streets",
    "scored_pairs",
    "candidates",
    "contact_leads",
    "established_targets",
    "links",
    "known_pairs",
)
"""The chain, in order. Each step is one statement that makes the table of its name; only candidates and links last."""

LASTING: Final[frozenset[str]] = frozenset({"candidates", "links"})

POPULATION_MIN: Final = 1000
"""Accounts. A smaller list is treated as if it had this many, since a name seen once in fifty is not that common."""

_PARAMETER = re.compile(r"\$([a-z_]+)")


@dataclass(frozen=True)
class KnownPairs:
    """What the score alone, without stored links and decisions, would have made of contacts whose answer is known.

    Known means confirmed by a person, linked in Salesforce, or wanted as a new account by a person. Links that an
    earlier run wrote from the score count as known until somebody corrects them.
    """

    contact_count: int
    pair_count: int
    decided_count: int
    right_count: int
    wrong_count: int

    @property
    def precision(self) -> float | None:
        """Share of automatic links that would be right, 0 to 1; None when there would be none."""
        linked = self.right_count + self.wrong_count
        return self.right_count / linked if linked else None

    @property
    def recall(self) -> float | None:
        """Share of known pairs that would be linked without a person, 0 to 1; None when no pair is known."""
        return self.right_count / self.pair_count if self.pair_count else None


@dataclass(frozen=True)
class MatchReport:
    """What one run of matching did. Counts of contacts unless said otherwise."""

    matched_at: datetime
    contact_count: int
    account_count: int
    pair_count: int
    candidate_count: int
    outcomes: dict[str, int]
    methods: dict[str, int]
    reasons: dict[str, int]
    step_seconds: dict[str, float]
    known: KnownPairs
    sample: SampleReport | None = None

    @property
    def review_share(self) -> float:
        """Share of all contacts that wait for a person, 0 to 1."""
        return self.outcomes.get("review", 0) / self.contact_count if self.contact_count else 0.0

    def metrics(self) -> dict[str, int | float | str]:
        """Return the report as one flat row: a column per count, for metadata and logs. It holds no names."""
        row: dict[str, int | float | str] = {
            "matched_at": self.matched_at.isoformat(),
            "contact_count": self.contact_count,
            "account_count": self.account_count,
            "pair_count": self.pair_count,
            "candidate_count": self.candidate_count,
            "review_share": round(self.review_share, 4),
        }
        if self.known.contact_count:
            row |= {"known_count": self.known.contact_count, "known_from_person_count": self.known.decided_count}
            rates = {"precision": self.known.precision, "recall": self.known.recall}
            row |= {name: round(rate, 4) for name, rate in rates.items() if rate is not None}
        if self.sample is not None:
            row |= self.sample.metrics()
        for outcome in ("linked", "review", "create", "ignore"):
            row[f"{outcome}_count"] = self.outcomes.get(outcome, 0)
        row |= {f"linked_by_{method}_count": count for method, count in sorted(self.methods.items())}
        row |= {f"reason_{reason}_count": count for reason, count in sorted(self.reasons.items())}
        return row


def match(connection: duckdb.DuckDBPyConnection, policy: MatchingPolicy, clock_now: datetime) -> MatchReport:
    """Rebuild `matching.candidates` and `matching.links` from `core` and `matching.decisions`.

    The result depends on the rows of those tables and the policy alone: not on row order, time or earlier results.

    Args:
        connection: holds core.contacts, core.accounts, core.people, core.account_links and matching.decisions. The
            caller owns the transaction. Temporary tables made on the way are dropped again.
        policy: thresholds, weights and eligibility.
        clock_now: aware instant that the report carries.
    """
    if clock_now.tzinfo is None:
        raise ValueError("clock_now must be an aware datetime")
    connection.execute(sql("matching", "macros"))
    account_count = _count(connection, "select count(*) from core.accounts where not is_deleted")
    values = _parameters(policy, account_count)
    seconds: dict[str, float] = {}
    try:
        for step in STEPS:
            started = time.perf_counter()
            _run(connection, step, values)
            seconds[step] = time.perf_counter() - started
        pair_count = _count(connection, "select count(*) from candidate_pairs")
        known = _known_pairs(connection)
    except BaseException:
        # An error inside a transaction aborts it: nothing more can be executed, and the rollback drops the tables.
        # Whatever the clean-up meets here must not hide what went wrong.
        with suppress(duckdb.Error):
            _drop_temporary(connection)
        raise
    _drop_temporary(connection)
    return _report(connection, clock_now, account_count, pair_count, seconds, known)


def _drop_temporary(connection: duckdb.DuckDBPyConnection) -> None:
    for step in STEPS:
        if step not in LASTING:
            connection.execute(f"drop table if exists temp.{step}")


def _known_pairs(connection: duckdb.DuckDBPyConnection) -> KnownPairs:
    ((contacts, pairs, decided, right, wrong),) = connection.execute(
        "select count(*), count(sf_account_id), count(*) filter (is_from_person), "
        "count(*) filter (would_link and is_right), count(*) filter (would_link and not is_right) from known_pairs"
    ).fetchall()
    return KnownPairs(contacts, pairs, decided, right, wrong)


def _run(connection: duckdb.DuckDBPyConnection, step: str, values: dict[str, Any]) -> None:
    """Execute a step with those of `values` that it names: DuckDB refuses parameters it does not know."""
    named = set(_PARAMETER.findall(sql("matching", step)))
    connection.execute(parsed(connection, "matching", step), {name: values[name] for name in named})


def _parameters(policy: MatchingPolicy, account_count: int) -> dict[str, Any]:
    forms = [(spelling, form) for form, spellings in vocabulary.LEGAL_FORMS.items() for spelling in spellings]
    weights = {f"w_{name}": float(value) for name, value in policy.weights.model_dump().items()}
    return weights | {
        "population": float(max(account_count, POPULATION_MIN)),
        "legal_form_spellings": [spelling for spelling, _ in forms],
        "legal_form_names": [form for _, form in forms],
        "trailing_legal_forms": f"( ({vocabulary.legal_form_pattern()}))+$",
        "country_spellings": list(vocabulary.COUNTRIES),
        "country_codes": list(vocabulary.COUNTRIES.values()),
        "abbreviation_spellings": list(vocabulary.ABBREVIATIONS),
        "abbreviation_words": list(vocabulary.ABBREVIATIONS.values()),
        "filler_words": [*vocabulary.FILLER_WORDS, *vocabulary.INNER_LEGAL_FORMS],
        "free_mail_domains": [domain.lower() for domain in policy.free_mail_domains],
        "ignore_archived": policy.ignore_archived,
        "ignore_suppliers": policy.ignore_suppliers,
        "create_for_customers_only": policy.create_for_customers_only,
        "block_size": policy.block_size,
        "candidates_kept": policy.candidates_kept,
        "link_points": float(policy.link_points),
        "review_points": float(policy.review_points),
        "margin_points": float(policy.margin_points),
        "name_similarity_min": float(policy.name_similarity_min),
        # A candidate further below cannot be chosen, nor make a tie with one that can.
        "lowest_score": float(policy.review_points - policy.margin_points),
    }


def _report(
    connection: duckdb.DuckDBPyConnection,
    matched_at: datetime,
    account_count: int,
    pair_count: int,
    seconds: dict[str, float],
    known: KnownPairs,
) -> MatchReport:
    rows = connection.execute("select outcome, method, reason from matching.links").fetchall()
    return MatchReport(
        matched_at=matched_at,
        contact_count=len(rows),
        account_count=account_count,
        pair_count=pair_count,
        candidate_count=_count(connection, "select count(*) from matching.candidates"),
        outcomes=dict(Counter(outcome for outcome, _, _ in rows)),
        methods=dict(Counter(method for outcome, method, _ in rows if outcome == "linked")),
        reasons=dict(Counter(reason for _, _, reason in rows)),
        step_seconds=seconds,
        known=known,
    )


def _count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    # All rows are fetched: DuckDB refuses the next statement while a result is unfinished.
    return int(connection.execute(statement).fetchall()[0][0])
