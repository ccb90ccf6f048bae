"""A plain rapidfuzz baseline, as a careful script would do it: block, compare strings, take the best of each contact.

Usage: peer_rapidfuzz.py CONTACTS.parquet ACCOUNTS.parquet ANSWER.json. Small sets are compared in full, large
ones within blocks that share a value or the beginning of the name.
"""

from __future__ import annotations

import json
import sys
import time

import duckdb
import numpy as np
from rapidfuzz import fuzz, process

BLOCKS = """
    select distinct c.rowid as c, a.rowid as a from contacts c join accounts a on a.phone = c.phone
    union select c.rowid, a.rowid from contacts c join accounts a on a.domain = c.domain
    union select c.rowid, a.rowid from contacts c join accounts a on a.number = c.number
    union select c.rowid, a.rowid from contacts c join accounts a on a.name = c.name
    union select c.rowid, a.rowid from contacts c join accounts a on a.postcode = c.postcode
    union select c.rowid, a.rowid from contacts c
        join accounts a on a.city = c.city and left(a.name, 4) = left(c.name, 4)
"""
WEIGHTS = {"name": 0.5, "street": 0.15, "city": 0.1, "postcode": 0.1, "phone": 0.2, "domain": 0.2, "number": 0.2}


def main(contacts: str, accounts: str, answer: str) -> None:
    connection = duckdb.connect(config={"threads": 2})
    for name, path in (("contacts", contacts), ("accounts", accounts)):
        connection.execute(f"create table {name} as select * from read_parquet('{path}')")
    cpu, started = time.process_time(), time.perf_counter()
    left, right = (
        connection.execute(f"select * from {name} order by rowid").fetchnumpy() for name in ("contacts", "accounts")
    )
    size = len(left["name"]) * len(right["name"])
    pairs = connection.execute(
        "select c.rowid as c, a.rowid as a from contacts c, accounts a" if size < 1_000_000 else BLOCKS
    ).fetchnumpy()
    c, a = pairs["c"], pairs["a"]
    score, weight = np.zeros(len(c)), np.zeros(len(c))
    for column, points in WEIGHTS.items():
        one, two = (np.ma.filled(side[column].astype(object), None)[rows] for side, rows in ((left, c), (right, a)))
        known = np.array([x is not None and y is not None for x, y in zip(one, two, strict=True)], dtype=bool)
        if not known.any():
            continue
        scorer = fuzz.token_sort_ratio if column in ("name", "street", "city") else fuzz.ratio
        alike = process.cpdist(one[known], two[known], scorer=scorer, workers=2) / 100
        if scorer is fuzz.ratio:
            alike = np.where(alike == 1, 1.0, 0.0)
        score[known] += points * alike
        weight[known] += points
    # A contact with little to compare cannot reach the top: the name alone weighs less than the name and a fact.
    total = score / np.maximum(weight, 0.01) - 0.1 * (weight < 0.6)
    order = np.lexsort((-total, c))
    first = np.unique(c[order], return_index=True)[1]
    best = [
        (str(left["unique_id"][c[row]]), str(right["unique_id"][a[row]]), float(total[row])) for row in order[first]
    ]
    seconds = time.perf_counter() - started
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(
            {
                "seconds": seconds,
                "cpu_seconds": time.process_time() - cpu,
                "peak_mb": peak_mb(),
                "best": best,
            },
            file,
        )


def peak_mb() -> float:
    """Peak memory of this process since it started its program (getrusage would carry over the parent's)."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:4])
