"""The product's matching on the labelled tables. Runs in the product's environment, in a process of its own.

Usage: ours.py LABELLED.duckdb POLICY_AS_JSON ANSWER.json. The measured time is that of `match`, with both result tables
written and committed.
"""

from __future__ import annotations

import json
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
        """
        select contact_key, sf_account_id, score from matching.candidates where candidate_rank = 1
        union all
        -- A contact that was merged in Xero is not scored: it goes where its winner goes.
        select loser.contact_key, winner.sf_account_id, winner.score
        from core.contacts as loser
        join matching.candidates as winner
            on winner.contact_key = loser.resolved_contact_key and winner.candidate_rank = 1
        where loser.resolved_contact_key <> loser.contact_key
        """
    ).fetchall()
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(
            {
                "seconds": seconds,
                "cpu_seconds": cpu_seconds,
                "peak_mb": peak_mb(),
                "best": best,
                "links": links,
                "metrics": report.metrics(),
                "step_seconds": report.step_seconds,
            },
            file,
        )


def peak_mb() -> float:
    """Peak memory of this process since it started its program (getrusage would carry over the parent's)."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:4])
