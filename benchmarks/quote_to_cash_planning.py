"""Measures planning, report and explanation with every flow on, in two states of a company.

`unbilled`: mirrored through the extraction code without HTTP, every won deal still to be billed, planned twice.
`billed`: served, read and pushed through the real clients until nothing is left to do, then planned on an ordinary day:
after one change, and after none. Belongs here: what is timed, in a process of its own. Does not belong here: calls
(`quote_to_cash_calls`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.quote_to_cash_calls import policy
from benchmarks.quote_to_cash_company import PLANNING, STAGES, ServedCompany, serving
from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.pipeline import Pipeline
from xero_sf_pipeline.sandbox.company import CompanySpec, generate
from xero_sf_pipeline.warehouse import Warehouse

ROOT = Path(__file__).resolve().parents[1]
NOBODY = "http://127.0.0.1:9"
"""Reaches nothing: the mirror is there already."""

STAGE_SECONDS = 60.0
"""A stage that takes longer at this size is to be looked into."""
PEAK_MB = 2048.0
_MOST_PUSHES = 6
_TABLES = (
    "core.opportunities", "core.opportunity_lines", "core.invoices", "core.contacts", "core.accounts",
    "core.xero_invoices", "billing.schedule", "ledger.attempts",
)  # fmt: skip
_EXPLAINED = {
    "an account": (
        "select 'account:' || sf_account_id from receivables.account_status "
        "order by open_invoice_count desc, sf_account_id limit 1"
    ),
    "an opportunity": "select 'opportunity:' || min(sf_opportunity_id) from billing.schedule",
    "an invoice": "select 'invoice:' || min(invoice_key) from core.invoices",
}
"""What is explained: the account with the most open invoices, a billed deal, an invoice."""


def unbilled(spec: CompanySpec, folder: Path) -> dict[str, Any]:
    """Plan a company none of whose won deals has an invoice, and plan it again with nothing changed."""
    load = os.getloadavg()[0]
    folder.mkdir(parents=True, exist_ok=True)
    company = ServedCompany(NOBODY, folder, FixedClock(spec.starts_at))
    company.write_policy(policy("xero_to_salesforce"))
    subprocess.run(_command("--fill", json.dumps(asdict(spec), default=str), str(folder)), check=True, cwd=ROOT)
    days = {"first plan": _child(company), "planned again": _child(company)}
    return _result(spec, company, load, days)


def billed(spec: CompanySpec, folder: Path) -> dict[str, Any]:
    """Bill the whole company through both APIs, and measure the first plan, and the days with one change and none."""
    load = os.getloadavg()[0]
    with serving(spec, folder) as company:
        company.write_policy(policy("xero_to_salesforce"))
        reading = _timed(company.read)
        days = {"first plan": _child(company)}
        pushes = _settled(company)
        ((deal,),) = company.rows("select min(sf_opportunity_id) from billing.schedule")
        change = {"action": "update", "object": "Opportunity", "id": deal, "row": {"Description": "Call first"}}
        company.change_salesforce([change])
        company.pass_time(20)
        company.read()
        days["one change"] = _child(company)
        polling = _timed(company.read)
        days["no change"] = _child(company)
        result = _result(spec, company, load, days)
    return result | {"read_seconds": reading, "poll_seconds": polling, "pushes": pushes}


def _result(spec: CompanySpec, company: ServedCompany, load: float, days: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "contacts": spec.contacts,
        "invoices": spec.invoices,
        "accounts": spec.accounts,
        "won_deals": spec.won_deals,
        "rows": dict(company.rows(" union all ".join(f"select '{name}', count(*) from {name}" for name in _TABLES))),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "processors": os.cpu_count(),
        "days": dict(days),
    }


def _settled(company: ServedCompany) -> list[dict[str, Any]]:
    """Push, read back and plan until nothing is left."""
    pushes = []
    for _ in range(_MOST_PUSHES):
        began = time.perf_counter()
        report = company.push()
        if report.refused or report.stopped_because:
            raise RuntimeError(f"the push did not go through: {report.stopped_because} {report.refused[:3]}")
        seconds = round(time.perf_counter() - began, 1)
        pushes.append({"seconds": seconds, "writes": report.confirmed_count, "calls": report.call_counts})
        print(f"pushed {report.confirmed_count:,} writes in {seconds} s", file=sys.stderr, flush=True)
        company.pass_time(20)
        company.read()
        if not company.plan():
            return pushes
    raise RuntimeError("something is always left to push")


def _child(company: ServedCompany) -> dict[str, Any]:
    """Measure in a process of its own, so that memory is that of one run."""
    instant = company.clock.now().isoformat() if company.clock else ""
    command = _command("--measure", company.url, str(company.folder), instant)
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    result: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return result


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.quote_to_cash", *arguments]


def mirror(spec: CompanySpec, folder: Path) -> None:
    """Mirror a company without HTTP, read five minutes before it is planned."""
    from benchmarks.scale_company import fill

    clock = FixedClock(spec.starts_at - timedelta(minutes=5))
    fill(Warehouse(folder / "warehouse.duckdb"), generate(spec), folder / "spool", clock)


def measure(url: str, folder: Path, instant: str) -> dict[str, Any]:
    """Time every stage after reading, the report page and explanations: wall seconds, and peak memory while it ran."""
    clock = FixedClock(datetime.fromisoformat(instant)) if instant else None
    company = ServedCompany(url, folder, clock)
    stages: dict[str, dict[str, float]] = {}
    with company.pipeline() as pipeline:
        for name, stage in STAGES.items():
            stages[name], report = _stage(name, stage, pipeline)
            if name == "plan":
                planned = report
        stages["report page"], page = _stage("report page", Pipeline.write_report, pipeline)
        explanations = _explanations(pipeline)
    return {
        "stages": stages,
        "explain_seconds": explanations,
        "page_bytes": page.stat().st_size,
        "writes": dict(planned.writes_by_kind),
        "exclusions": planned.exclusion_count,
        "planning_seconds": round(sum(stages[name]["seconds"] for name in PLANNING), 2),
        "peak_mb": max(stage["peak_mb"] for stage in stages.values()),
    }


def _stage(name: str, stage: Callable[[Pipeline], Any], pipeline: Pipeline) -> tuple[dict[str, float], Any]:
    _forget_peak()
    cpu, began = time.process_time(), time.perf_counter()
    report = stage(pipeline)
    cost = {
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "peak_mb": round(_peak_mb()),
    }
    print(f"{name:12}{cost}", file=sys.stderr, flush=True)
    return cost, report


def _explanations(pipeline: Pipeline) -> dict[str, float]:
    from xero_sf_pipeline.reporting.explain import explain
    from xero_sf_pipeline.warehouse.snapshots import reading_snapshot

    seconds = {}
    with reading_snapshot(pipeline.settings.snapshot_dir) as connection:
        keys = {name: connection.execute(query).fetchall()[0][0] for name, query in _EXPLAINED.items()}
    for name, key in keys.items():
        began = time.perf_counter()
        with reading_snapshot(pipeline.settings.snapshot_dir) as connection:
            explain(connection, pipeline.policy, key)
        seconds[name] = round(time.perf_counter() - began, 2)
    return seconds


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 1)


def _forget_peak() -> None:
    """Start VmHWM anew from what is resident now (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_mb() -> float:
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024


def show(title: str, result: Mapping[str, Any]) -> None:
    """Print the stages side by side."""
    rows = ", ".join(f"{count:,} {name.partition('.')[2]}" for name, count in result["rows"].items())
    print(f"\nPlanning, {title}: {rows}; {result['processors']} processors, load {result['load']}")
    days = result["days"]
    print(f"{'wall s, CPU s, peak MB':14}" + "".join(f"{name:>25}" for name in days))
    for stage in next(iter(days.values()))["stages"]:
        costs = [day["stages"][stage] for day in days.values()]
        print(
            f"{stage:14}"
            + "".join(f"{cost['seconds']:12.2f}{cost['cpu_seconds']:8.2f}{cost['peak_mb']:6.0f}" for cost in costs)
        )
    for name, day in days.items():
        explained = ", ".join(f"{what} {seconds:.2f} s" for what, seconds in day["explain_seconds"].items())
        print(
            f"{name}: {sum(day['writes'].values()):,} writes, {day['exclusions']:,} exclusions; core to plan "
            f"{day['planning_seconds']:.2f} s, peak {day['peak_mb']:,.0f} MB; explain {explained}"
        )
    slow = [
        f"{name}: {stage} ({cost['seconds']} s, {cost['peak_mb']} MB)"
        for name, day in days.items()
        for stage, cost in day["stages"].items()
        if cost["seconds"] > STAGE_SECONDS or cost["peak_mb"] > PEAK_MB
    ]
    print(f"over {STAGE_SECONDS:g} s or {PEAK_MB:g} MB: {', '.join(slow) or 'nothing'}")
