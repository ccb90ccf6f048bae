"""The product's matching on the labelled tables. Runs in the product's environment, in a process of its own.

Usage: ours.py LABELLED.duckdb POLICY_AS_JSON ANSWER.json. The measured time is that of `match`, with both result tables
written and committed.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime

import duckdb

from xero_sf_pipeline.matching import MatchingPolicy, match


def main(labelled: str, policy_text: str, answer: str) -> None:
    connection = duckdb.connect(labelled, config={"threads": 2})
    policy = MatchingPolicy.model_validate_json(policy_text)
    cpu, started = time.process_time(), time.perf_counter()
    connection.execute("begin")
    report = match(connection, policy, datetime.now(UTC))
    connection.execute("commit")
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    links = connection.execute("select contact_key, outcome, sf_account_id, score from matching.links").fetchall()
    best = connection.execute(
        "select contact_key, sf_account_id, score from matching.candidates where candidate_rank = 1"
    ).fetchall()
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(
            {
                "seconds": seconds,
                "cpu_seconds": cpu_seconds,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "best": best,
                "links": links,
                "metrics": report.metrics(),
                "step_seconds": report.step_seconds,
            },
            file,
        )


if __name__ == "__main__":
    main(*sys.argv[1:4])
