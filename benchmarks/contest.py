"""Runs contestants against one sandbox, in rounds, and puts what they cost side by side.

Belongs here: rounds, counting calls and bytes, ratios, the table. Does not belong here: what a contestant does
(`contestants/`).
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xero_sf_pipeline.sandbox.company import CompanySpec
from xero_sf_pipeline.sandbox.running import sandbox_process

HERE = Path(__file__).resolve().parent
_START_SECONDS = 900.0
_MINUTE_LIMIT_PASSES_SECONDS = 61


@dataclass(frozen=True)
class Contestant:
    """One way to do the work: interpreter and script, then the arguments that follow the server's URL and a folder."""

    name: str
    command: list[str]
    arguments: list[str] = field(default_factory=list)


def contest(
    title: str,
    spec: CompanySpec,
    contestants: list[Contestant],
    *,
    repeats: int,
    reference: str,
) -> dict[str, Any]:
    """Let everybody do the work `repeats` times in turn; keep each one's best round.

    Args:
        reference: the contestant whose time belongs to the server and the wire.
    """
    rounds: dict[str, list[dict[str, Any]]] = {contestant.name: [] for contestant in contestants}
    with (
        work_folder() as folder,
        sandbox_process(spec, directory=folder / "sandbox", start_seconds=_START_SECONDS) as url,
    ):
        for number in range(repeats):
            for contestant in contestants:
                with work_folder() as own:
                    rounds[contestant.name].append(_once(contestant, url, own))
                print(
                    f"round {number + 1} {contestant.name}: {rounds[contestant.name][-1]['seconds']:.2f} s", flush=True
                )
    best = {name: min(found, key=lambda one: one["seconds"]) for name, found in rounds.items()}
    ours, floor = best["ours"]["seconds"], best[reference]["seconds"]
    for name, one in best.items():
        one["least_cpu_seconds"] = min(found["cpu_seconds"] for found in rounds[name])
        one["times_ours"] = one["seconds"] / ours
        one["times_ours_by_cpu"] = one["least_cpu_seconds"] / min(found["cpu_seconds"] for found in rounds["ours"])
        one["all_seconds"] = [round(found["seconds"], 2) for found in rounds[name]]
    stored = {one["rows"] for one in best.values() if "rows" in one}
    if len(stored) != 1:
        raise RuntimeError(
            f"not everybody stored the same rows: { {name: one.get('rows') for name, one in best.items()} }"
        )
    return {
        "title": title,
        "processors": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "server_share_of_ours": floor / ours,
        "contestants": best,
    }


def _once(contestant: Contestant, url: str, folder: Path) -> dict[str, Any]:
    _control(url, "POST", "clock", {"advance_seconds": _MINUTE_LIMIT_PASSES_SECONDS})
    _control(url, "DELETE", "requests")
    python, script = contestant.command
    command = [python, str(HERE / "contestants" / script), url, str(folder), *contestant.arguments]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise RuntimeError(f"{contestant.name} failed:\n{answer.stderr[-3000:]}")
    cost: dict[str, Any] = json.loads(answer.stdout.strip().splitlines()[-1])
    log = _control(url, "GET", "requests")
    return cost | {"calls": log["calls"], "bytes_over_the_wire": log["bytes_out"]}


def _control(url: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(f"{url}/__sandbox__/{path}", method=method, data=json.dumps(body or {}).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder under benchmarks/work that is gone afterwards."""
    root = HERE / "work"
    root.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as folder:
        yield Path(folder)


def show(result: dict[str, Any]) -> None:
    """Print the table."""
    print(f"\n{result['title']}; {result['processors']} processors, load {result['load_before']:.1f}")
    print(
        f"{'':26}{'wall s':>9}{'x ours':>8}{'CPU s':>8}{'x ours':>8}{'peak MB':>9}{'file MB':>9}{'calls':>7}"
        f"{'wire MB':>9}"
    )
    for name, one in result["contestants"].items():
        file_mb = f"{one['file_mb']:9.1f}" if "file_mb" in one else f"{'':9}"
        print(
            f"{name:26}{one['seconds']:9.2f}{one['times_ours']:8.2f}{one['least_cpu_seconds']:8.1f}"
            f"{one['times_ours_by_cpu']:8.2f}{one['peak_mb']:9.0f}{file_mb}{one['calls']:7}"
            f"{one['bytes_over_the_wire'] / 1e6:9.1f}"
        )


def write(name: str, result: dict[str, Any]) -> None:
    """Keep the figures in benchmarks/results."""
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    text = json.dumps(result, indent=1, sort_keys=True, default=str)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
