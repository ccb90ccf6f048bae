"""Starts a push that is killed at every step, and looks at what each kill left.

Belongs here: what tests of a kill share. Does not belong here: the killing (`killed_push`), and any plan.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from xero_sf_pipeline.warehouse import Warehouse


@dataclass(frozen=True)
class Left:
    """What a push left behind that was killed at a step, 1, 2, 3 ...; at step 0 nobody killed it."""

    directory: Path
    step: int

    @property
    def org(self) -> Path:
        return self.directory / "org.pickle"

    @property
    def books(self) -> Path:
        return self.directory / "books.pickle"

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.directory / "warehouse.duckdb", lock_wait_seconds=5)


@dataclass(frozen=True)
class Kills:
    """Copies of one prepared state, each pushed and killed at another step."""

    work: Path
    step_count: int
    write_count: int

    @property
    def unharmed(self) -> Left:
        return Left(self.work / "0", 0)

    def __iter__(self) -> Iterator[Left]:
        return (Left(self.work / str(step), step) for step in range(1, self.step_count + 1))


def killed_at_every_step(module: str, prepare: Callable[[Path], int], directory: Path) -> Kills:
    """Run the killing module on what `prepare` stores; `prepare` returns the number of planned writes."""
    prepared, work = directory / "prepared", directory / "work"
    prepared.mkdir()
    work.mkdir()
    write_count = prepare(prepared)
    command = [sys.executable, "-m", f"{__package__}.{module}", str(prepared), str(work)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stderr
    ends = [tuple(line.split()) for line in ended.stdout.splitlines()]
    steps = len(ends) - 1
    assert ends == [("0", "0"), *((str(step), "-9") for step in range(1, steps + 1))], ended.stderr
    return Kills(work, steps, write_count)


def newest_states(warehouse: Warehouse) -> list[tuple[str, int]]:
    """Count writes by the state of their newest attempt."""
    with warehouse.transaction() as connection:
        return connection.execute("select state, count(*) from ledger.current group by state").fetchall()
