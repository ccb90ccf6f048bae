"""Splink 5 on DuckDB, trained by its own expectation maximisation, with term frequencies.

Runs in the peers' environment. Usage: peer_splink.py CONTACTS.parquet ACCOUNTS.parquet ANSWER.json.
Only columns that hold data are compared.
"""

from __future__ import annotations

import json
import logging
import sys
import time

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on


def main(contacts: str, accounts: str, answer: str) -> None:
    logging.disable(logging.WARNING)
    connection = duckdb.connect(config={"threads": 2})
    for name, path in (("contacts", contacts), ("accounts", accounts)):
        connection.execute(f"create table {name} as select * from read_parquet('{path}')")
    filled = {
        column
        for column in ("name", "street", "city", "postcode", "phone", "domain", "number")
        if connection.execute(f"select count({column}) from contacts").fetchall()[0][0]
        and connection.execute(f"select count({column}) from accounts").fetchall()[0][0]
    }
    cpu, started = time.process_time(), time.perf_counter()
    best = link(connection, filled)
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


def link(connection: duckdb.DuckDBPyConnection, filled: set[str]) -> list[tuple[str, str, float]]:
    api = DuckDBAPI(connection)
    all_comparisons = {
        "name": cl.JaroWinklerAtThresholds("name", [0.97, 0.92, 0.85, 0.7]).configure(term_frequency_adjustments=True),
        "street": cl.JaroWinklerAtThresholds("street", [0.95, 0.85]),
        "city": cl.JaroWinklerAtThresholds("city", [0.93]).configure(term_frequency_adjustments=True),
        "postcode": cl.LevenshteinAtThresholds("postcode", [1]).configure(term_frequency_adjustments=True),
        "phone": cl.LevenshteinAtThresholds("phone", [1]),
        "domain": cl.ExactMatch("domain").configure(term_frequency_adjustments=True),
        "number": cl.ExactMatch("number"),
    }
    rules = [block_on("name")]
    rules += [block_on(column) for column in ("phone", "domain", "number", "postcode") if column in filled]
    rules += [block_on("substr(name, 1, 5)", "city"), block_on("split_part(name, ' ', 1)", "substr(name, -4)")]
    if "postcode" in filled:
        rules.append(block_on("substr(postcode, 1, 3)", "substr(name, 1, 4)"))
    else:
        rules += [block_on("substr(name, 1, 4)"), block_on("split_part(street, ' ', 1)")]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[comparison for column, comparison in all_comparisons.items() if column in filled],
        blocking_rules_to_generate_predictions=rules,
    )
    tables = [
        api.register("contacts", dataset_display_name="a_contacts"),
        api.register("accounts", dataset_display_name="b_accounts"),
    ]
    linker = Linker(tables, settings, log_level=logging.ERROR)
    sure = [block_on("name", column) for column in ("phone", "postcode", "domain", "city") if column in filled]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    sample = 1.0 if connection.execute("select count(*) from accounts").fetchall()[0][0] < 5000 else 0.2
    for rule in [block_on("name"), *[block_on(column) for column in ("phone", "domain") if column in filled][:1]]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule, record_sample_proportion=sample)
    pairs = linker.inference.predict(threshold_match_weight=-10)
    names = connection.sql(f"select * from {pairs.physical_name} limit 0").columns
    weight = "match_weight"
    assert weight in names, names
    return connection.execute(
        f"""
        select case when source_dataset_l = 'a_contacts' then unique_id_l else unique_id_r end as contact_key,
               arg_max(case when source_dataset_l = 'a_contacts' then unique_id_r else unique_id_l end, {weight}),
               max({weight})
        from {pairs.physical_name} group by 1
        """
    ).fetchall()


def peak_mb() -> float:
    """Peak memory of this process since it started its program (getrusage would carry over the parent's)."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:4])
