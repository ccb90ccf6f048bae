"""Lets one push run at a time on a warehouse.

The lease is a lock of the operating system on a file beside the warehouse, so it ends with its process, however that
ends. Belongs here: taking and naming the holder. Does not belong here: the warehouse's own lock, which is held only
for moments.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import WarehouseBusy


@contextmanager
def push_lease(warehouse_path: Path, clock: Clock, *, run_id: str, actor: str) -> Iterator[None]:
    """Hold the right to push until the block ends.

    Raises:
        WarehouseBusy: another push is under way; the message names it.
    """
    path = warehouse_path.with_name(f"{warehouse_path.stem}.push.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WarehouseBusy(
                f"Another push is under way{_holder(path)}; nothing was sent.",
                remedy="Wait for it to end, then push again: what it sends is not sent twice.",
            ) from error
        file.truncate(0)
        holder = {"run_id": run_id, "actor": actor, "pid": os.getpid(), "since": clock.now().isoformat()}
        file.write(json.dumps(holder))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # the holder has not written its name yet
        return ""
    return f" (run {holder['run_id']} by {holder['actor']}, process {holder['pid']}, since {holder['since']})"
