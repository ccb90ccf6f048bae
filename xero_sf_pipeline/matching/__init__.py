"""Contact-to-account matching: which Salesforce account a Xero contact belongs to, why, and what people decided.

`match` is the entry. Pure domain code: it reads and writes tables of a DuckDB connection; it knows no Dagster, no HTTP.
"""

from __future__ import annotations

from xero_sf_pipeline.matching.decisions import (
    Decision,
    DecisionLog,
    MatchDecision,
    append_decision,
    decided_now,
    read_decisions,
    store_decisions,
)
from xero_sf_pipeline.matching.engine import KnownPairs, MatchReport, match
from xero_sf_pipeline.matching.policy import MatchingPolicy, MatchWeights

__all__ = [
    "Decision",
    "DecisionLog",
    "KnownPairs",
    "MatchDecision",
    "MatchReport",
    "MatchWeights",
    "MatchingPolicy",
    "append_decision",
    "decided_now",
    "match",
    "read_decisions",
    "store_decisions",
]
