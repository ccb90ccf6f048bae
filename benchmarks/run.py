"""Extraction beside dlt, the vendors' own client libraries and the bare download; then the graph, scale, matching and
quote to cash.

Usage: python -m benchmarks.run [--only xero,salesforce,graph,matching,scale,quote_to_cash] [--repeats 3]
       [--invoices 50000] [--accounts 200000]
Every contestant runs in a process of its own against the same loopback server, one after the other, round after round;
what counts is the best of its rounds, and only the ratios within one run. Prints tables and writes
benchmarks/results/<name>.json. Peers are installed into benchmarks/.venv-peers, apart from the product.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import venv
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contest import Contestant, contest, show, write
from xero_sf_pipeline.sandbox.company import CompanySpec

HERE = Path(__file__).resolve().parent
PEERS = HERE / ".venv-peers"
REQUIREMENTS = HERE / "peers" / "requirements.txt"
ALL = ("xero", "salesforce", "graph", "matching", "scale", "quote_to_cash")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(ALL))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--invoices", type=int, default=50_000)
    parser.add_argument("--accounts", type=int, default=200_000)
    chosen = parser.parse_args()
    wanted = set(chosen.only.split(","))
    if unknown := wanted - set(ALL):
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}")
    if wanted & {"xero", "salesforce"}:
        peers = peer_python()
        if "xero" in wanted:
            spec = CompanySpec(contacts=max(chosen.invoices // 10, 1), invoices=chosen.invoices, accounts=200)
            title = f"{chosen.invoices:,} Xero invoices with lines, tracking and payments"
            result = contest(title, spec, xero_contestants(peers), repeats=chosen.repeats, reference="bare download")
            show(result)
            write("xero", result)
        if "salesforce" in wanted:
            spec = CompanySpec(contacts=300, invoices=300, accounts=chosen.accounts)
            title = f"{chosen.accounts:,} Salesforce accounts by Bulk 2.0"
            result = contest(
                title, spec, salesforce_contestants(peers), repeats=chosen.repeats, reference="bare download"
            )
            show(result)
            write("salesforce", result)
    if "graph" in wanted:
        # Planning refuses a mirror that is older than a day by this machine's clock.
        spec = CompanySpec(contacts=20, invoices=60, accounts=20, as_of=datetime.now(UTC).date())
        result = contest(
            "The whole graph on a tiny company", spec, graph_contestants(), repeats=chosen.repeats, reference="direct"
        )
        show(result)
        seconds = {name: one["seconds"] for name, one in result["contestants"].items()}
        print(f"Dagster adds {seconds['ours'] - seconds['direct']:.2f} s")
        write("graph", result)
    if "matching" in wanted:
        python = venv_python(HERE / ".venv-matching", HERE / "matching" / "requirements.txt")
        subprocess.run([sys.executable, str(HERE / "matching" / "run.py"), "--peers", python], check=True)
    if "scale" in wanted and importlib.util.find_spec("benchmarks.scale") is not None:
        subprocess.run([sys.executable, "-m", "benchmarks.scale"], check=True)
    if "quote_to_cash" in wanted:
        subprocess.run([sys.executable, "-m", "benchmarks.quote_to_cash"], check=True)


def xero_contestants(peers: str) -> list[Contestant]:
    return [
        Contestant("bare download", [peers, "bare_xero.py"]),
        Contestant("ours", [sys.executable, "ours.py"], ["xero"]),
        Contestant("dlt", [peers, "dlt_xero.py"]),
        Contestant("xero-python models", [peers, "xero_python_models.py"]),
    ]


def salesforce_contestants(peers: str) -> list[Contestant]:
    return [
        Contestant("bare download", [peers, "bare_salesforce.py"], ["no_load"]),
        Contestant("bare download + read_csv", [peers, "bare_salesforce.py"]),
        Contestant("ours", [sys.executable, "ours.py"], ["salesforce"]),
        Contestant("dlt", [peers, "dlt_salesforce.py"]),
    ]


def graph_contestants() -> list[Contestant]:
    return [
        Contestant("direct", [sys.executable, "whole_run.py"], ["direct"]),
        Contestant("ours", [sys.executable, "whole_run.py"], ["dagster"]),
    ]


def peer_python() -> str:
    """Return the interpreter of the peers' environment, made on first use."""
    return venv_python(PEERS, REQUIREMENTS)


def venv_python(folder: Path, requirements: Path) -> str:
    """Return the interpreter of an environment, made anew when its requirements have changed."""
    python, mark = folder / "bin" / "python", folder / ".requirements"
    wanted = requirements.read_text(encoding="utf-8")
    if not mark.exists() or mark.read_text(encoding="utf-8") != wanted:
        print(f"Making {folder.name} ...", flush=True)
        if not python.exists():
            venv.create(folder, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)]
        subprocess.run(pip, check=True)
        mark.write_text(wanted, encoding="utf-8")
    return str(python)


if __name__ == "__main__":
    main()
