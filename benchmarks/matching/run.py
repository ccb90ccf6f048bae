"""Matching beside Splink 5 and a plain rapidfuzz baseline, on the same rows, in one run.

Usage: python -m benchmarks.matching.run [--contacts 20000 --accounts 200000] [--sets sandbox,companies,restaurants]
       [--peers PYTHON]
Prints a table and writes benchmarks/results/matching.json. Peers are installed into benchmarks/.venv-matching, apart
from the product. Each contestant runs in a process of its own; measured time leaves out reading the rows and includes,
for ours, writing both result tables. Peers get cleaned columns for free and are judged at the threshold that suits them
best, found with the truth; ours at its shipped thresholds.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

if not __package__:  # started by its path: the folder that holds `benchmarks` is not on the path then
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.matching import companies, plain_columns, restaurants, sandbox_company, tables
from benchmarks.matching.scoring import Score, at_best_threshold, outcomes, score_links

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / ".venv-matching"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--sets", default="sandbox,companies,restaurants")
    parser.add_argument("--peers", help="interpreter that has the peers; by default one is made with them")
    parser.add_argument("--restaurants", type=Path, default=restaurants.DEFAULT_FOLDER)
    parser.add_argument("--results", type=Path, default=HERE.parent / "results" / "matching.json")
    chosen = parser.parse_args()
    chosen.peers = chosen.peers or peers_python()
    readers = {
        "sandbox": lambda: sandbox_company.read(chosen.contacts, chosen.accounts),
        "companies": lambda: companies.generate(chosen.contacts, chosen.accounts),
        "restaurants": lambda: restaurants.read(chosen.restaurants),
    }
    results = {name: contest(readers[name](), chosen.peers) for name in chosen.sets.split(",")}
    for name, result in results.items():
        show(name, result)
    chosen.results.parent.mkdir(exist_ok=True)
    written = {"sets": results, "versions": {"python": platform.python_version(), **versions(chosen.peers)}}
    chosen.results.write_text(json.dumps(written, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def versions(peers: str) -> dict[str, str]:
    """The releases that were measured; DuckDB runs ours and Splink's."""
    asked = "import importlib.metadata as m; print(*(m.version(name) for name in ('splink', 'rapidfuzz', 'duckdb')))"
    found = subprocess.run([peers, "-c", asked], check=True, capture_output=True, text=True).stdout.split()
    return dict(zip(("splink", "rapidfuzz", "peers_duckdb"), found, strict=True)) | {"duckdb": duckdb.__version__}


def peers_python() -> str:
    """Make the peers' environment if it is not there yet, and return its interpreter."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        venv.create(PEERS, with_pip=True)
        requirements = str(HERE / "requirements.txt")
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--requirement", requirements], check=True)
    return str(python)


def contest(labelled: tables.Labelled, peers: str) -> dict[str, Any]:
    """Run every contestant on one labelled set."""
    with tempfile.TemporaryDirectory() as folder:
        core = Path(folder) / "labelled.duckdb"
        with duckdb.connect(str(core)) as connection:
            tables.load(connection, labelled)
            connection.execute("create schema matching")
            connection.execute(
                "create table matching.decisions (decision_id varchar, contact_key varchar, sf_account_id varchar, "
                "decision varchar, decided_by varchar, decided_at timestamptz, reason varchar)"
            )
        paths = [str(Path(folder) / f"{side}.parquet") for side in ("contacts", "accounts")]
        for path, table in zip(paths, plain_columns.columns(labelled), strict=True):
            pq.write_table(table, path)
        ours = answer(sys.executable, "ours.py", [str(core), "{}"])
        # For the comparison of scores alone: peers know no rule that leaves archived contacts and suppliers out.
        unruled = answer(
            sys.executable, "ours.py", [str(core), '{"ignore_archived": false, "ignore_suppliers": false}']
        )
        answers = {
            "splink 5": answer(peers, "peer_splink.py", paths),
            "rapidfuzz": answer(peers, "peer_rapidfuzz.py", paths),
        }
    result = {
        "contacts": len(labelled.contacts),
        "accounts": len(labelled.accounts),
        "true_pairs": sum(1 for account in labelled.truth.values() if account),
        "ours": measured(ours, score_links(labelled, ours["links"])),
        "ours_by_score": measured(unruled, at_best_threshold(labelled, unruled["best"])),
        "outcomes": outcomes(labelled, ours["links"], ours["best"]),
        "step_seconds": {name: round(seconds, 3) for name, seconds in ours["step_seconds"].items()},
    }
    for name, given in answers.items():
        result[name] = measured(given, at_best_threshold(labelled, given["best"]))
    return result


def answer(python: str, script: str, arguments: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.json"
        subprocess.run([python, str(HERE / script), *arguments, str(path)], check=True)
        return json.loads(path.read_text(encoding="utf-8"))


def measured(given: dict[str, Any], score: Score) -> dict[str, Any]:
    return {
        **score.row(),
        "seconds": round(given["seconds"], 2),
        "cpu_seconds": round(given["cpu_seconds"], 2),
        "peak_mb": round(given["peak_mb"]),
    }


def show(name: str, result: dict[str, Any]) -> None:
    print(
        f"\n{name}: {result['contacts']:,} contacts, {result['accounts']:,} accounts, "
        f"{result['true_pairs']:,} true pairs"
    )
    print(f"{'':28}{'precision':>10}{'recall':>10}{'F1':>10}{'wrong':>8}{'seconds':>9}{'CPU s':>8}{'peak MB':>9}")
    labels = {"ours": "ours, linked automatically", "ours_by_score": "ours, by score alone"}
    for key in ("ours", "ours_by_score", "splink 5", "rapidfuzz"):
        row = result[key]
        print(
            f"{labels.get(key, key):28}{row['precision']:10.4f}{row['recall']:10.4f}{row['f1']:10.4f}{row['wrong']:8}"
            f"{row['seconds']:9.2f}{row['cpu_seconds']:8.1f}{row['peak_mb']:9}"
        )
    print(
        "  " + ", ".join(f"{key} {value}" for key, value in result["outcomes"].items() if not isinstance(value, dict))
    )


if __name__ == "__main__":
    main()
