"""Measures derive, match and plan on a large company: `python -m benchmarks.scale`.

Two sizes: 100,000 invoices with 20,000 contacts and 200,000 accounts (seconds per step, and of an unchanged re-run),
and 1,000,000 invoices with 2,000 contacts and accounts (peak memory; ten copies of 100,000). Each is mirrored once into
`benchmarks/work` through the extraction code, which is not measured, then measured on a copy by a process of its own.
Belongs here: the sizes, the steps, the limits. Does not belong here: how the company gets into the warehouse
(`scale_company`).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.contestants.sandbox_settings import sandbox_settings
from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.pipeline import Pipeline
from xero_sf_pipeline.sandbox.company import CompanySpec, generate
from xero_sf_pipeline.warehouse import Warehouse

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Size:
    """A company, and how often each of its documents is there (every copy under ids of its own)."""

    spec: CompanySpec
    copies: int = 1


SIZES = {
    "100,000 invoices": Size(CompanySpec(contacts=20_000, invoices=100_000, accounts=200_000)),
    "1,000,000 invoices": Size(CompanySpec(contacts=2_000, invoices=100_000, accounts=2_000), copies=10),
}
LIMITS = {
    "100,000 invoices": {"seconds": 20.0, "match_seconds": 8.0, "unchanged_seconds": 5.0},
    "1,000,000 invoices": {"peak_mb": 2048.0},
}
READ_BEFORE = timedelta(minutes=5)
"""The mirror was read this long before it is planned from."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=list(SIZES), action="append", help="one size only; may be repeated")
    parser.add_argument("--work", type=Path, default=HERE / "work" / "scale")
    parser.add_argument("--results", type=Path, default=HERE / "results" / "scale.json")
    parser.add_argument("--fill", nargs=2, metavar=("SIZE", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=2, metavar=("SIZE", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.fill:
        mirror(SIZES[chosen.fill[0]], Path(chosen.fill[1]))
    elif chosen.measure:
        print(json.dumps(measure(SIZES[chosen.measure[0]], Path(chosen.measure[1]))))
    else:
        run(chosen.size or list(SIZES), chosen.work, chosen.results)


def run(sizes: list[str], work: Path, results_file: Path) -> None:
    """Measure the sizes, print them, and merge them into the results file."""
    results = json.loads(results_file.read_text(encoding="utf-8")) if results_file.exists() else {}
    for size in sizes:
        results[size] = result_of(size, work / size.replace(",", "").replace(" ", "-"))
        show(size, results[size])
    results_file.parent.mkdir(parents=True, exist_ok=True)
    results_file.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def result_of(size: str, folder: Path) -> dict[str, Any]:
    """Mirror the company unless that was done before, and measure on a copy."""
    mirrored, copy = folder / "mirrored", folder / "measured"
    if not mirrored.exists():
        shutil.rmtree(folder, ignore_errors=True)
        child("--fill", size, folder / "mirroring")
        (folder / "mirroring").rename(mirrored)
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(mirrored, copy)
    answer = child("--measure", size, copy)
    shutil.rmtree(copy)
    result: dict[str, Any] = json.loads(answer.splitlines()[-1])
    return result


def child(mode: str, size: str, folder: Path) -> str:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.scale", mode, size, str(folder)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE.parent,
    ).stdout


def mirror(size: Size, folder: Path) -> None:
    from benchmarks.scale_company import fill, multiply

    clock, warehouse = FixedClock(size.spec.starts_at - READ_BEFORE), Warehouse(folder / "warehouse.duckdb")
    fill(warehouse, generate(size.spec), folder / "spool", clock)
    multiply(warehouse, size.copies)
    shutil.rmtree(folder / "spool")


def measure(size: Size, folder: Path) -> dict[str, Any]:
    """Run the steps of a run twice, the second time with nothing changed."""
    spec = size.spec
    settings = sandbox_settings("http://127.0.0.1:9", folder)  # reaches nothing: the mirror is there already
    first_seconds, first = steps(Pipeline(settings, FixedClock(spec.starts_at), "first"))
    cpu_seconds, peak_mb = time.process_time(), peak()
    again_seconds, again = steps(Pipeline(settings, FixedClock(spec.starts_at + READ_BEFORE), "again"))
    if not again["core"].is_unchanged or again["match"] is not None:
        raise RuntimeError("the unchanged run was not recognised")
    if again["plan"].writes_by_kind != first["plan"].writes_by_kind:
        raise RuntimeError("the unchanged run planned something else")
    return {
        "contacts": spec.contacts,
        "invoices": spec.invoices * size.copies,
        "accounts": spec.accounts,
        "seconds": round(sum(first_seconds.values()), 2),
        "step_seconds": first_seconds,
        "unchanged_seconds": round(sum(again_seconds.values()), 2),
        "unchanged_step_seconds": again_seconds,
        "cpu_seconds": round(cpu_seconds, 2),
        "peak_mb": round(peak_mb),
        "writes": dict(first["plan"].writes_by_kind),
        "exclusions": first["plan"].exclusion_count,
        "unexplained_invoices": first["plan"].unexplained_invoice_count,
        "overdue_invoices": first["derive"].row_counts["overdue_invoices"],
    }


def steps(pipeline: Pipeline) -> tuple[dict[str, float], dict[str, Any]]:
    """Seconds and report of each step."""
    works: dict[str, Callable[[], Any]] = {
        "core": pipeline.build_core,
        "match": pipeline.match,
        "derive": pipeline.derive_receivables,
        "plan": pipeline.plan,
    }
    seconds, reports = {}, {}
    for name, work in works.items():
        began, cpu_before = time.perf_counter(), time.process_time()
        reports[name] = work()
        seconds[name] = round(time.perf_counter() - began, 2)
        print(f"{name}: {seconds[name]} s, CPU {time.process_time() - cpu_before:.2f} s", file=sys.stderr)
    return seconds, reports


def peak() -> float:
    """Peak memory of this process in MB since it started its program (getrusage would carry over the parent's)."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024


def show(size: str, result: dict[str, Any]) -> None:
    print(f"\n{size}: {result['contacts']:,} contacts, {result['accounts']:,} accounts")
    for name, seconds in result["step_seconds"].items():
        print(f"  {name:8}{seconds:8.2f} s   unchanged {result['unchanged_step_seconds'][name]:6.2f} s")
    figures = {
        "seconds": result["seconds"],
        "match_seconds": result["step_seconds"]["match"],
        "unchanged_seconds": result["unchanged_seconds"],
        "peak_mb": result["peak_mb"],
    }
    for name, figure in figures.items():
        limit = LIMITS[size].get(name)
        verdict = "" if limit is None else f"   limit {limit:g}: {'met' if figure <= limit else 'MISSED'}"
        print(f"  {name:18}{figure:9.2f}{verdict}")


if __name__ == "__main__":
    main()
