"""Measures one contestant inside its own process: wall and CPU of the work, peak memory of the whole process.

Imports and the start of the interpreter are left out for everyone; children (a loader's worker processes) count.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def measured(work: Callable[[], Any], facts: Callable[[], dict[str, Any]]) -> None:
    """Run the work, then write what it cost, and the facts read back afterwards, as the last line of the output."""
    cpu_before, began = _cpu_seconds(), time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    cost = {"seconds": seconds, "cpu_seconds": _cpu_seconds() - cpu_before, "peak_mb": _peak_mb()}
    sys.stdout.write("\n" + json.dumps({**cost, **facts()}, default=str) + "\n")


def _cpu_seconds() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _peak_mb() -> float:
    """The most memory that was resident: VmHWM of this process, or of its largest child."""
    children_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return max(int(line.split()[1]) / 1024, children_mb)
    raise RuntimeError("this system does not tell VmHWM")
