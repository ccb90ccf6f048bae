"""Keeps the pages of a walk on disk until they are loaded, so that memory does not grow with the walk.

A spool belongs to one walk of one run and is removed when the walk ends, whatever its end. What a killed run leaves is
removed by the next one.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ABANDONED_AFTER_SECONDS = 24 * 3600
_SMALLEST_BUFFER_BYTES = 1 << 20


class Spool:
    """The numbered page files of one walk."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.files: list[str] = []

    def add(self, page: bytes | memoryview, suffix: str = "json") -> Path:
        """Write one page and return its file."""
        path = self.directory / f"{len(self.files):06d}.{suffix}"
        path.write_bytes(page)
        self.files.append(str(path))
        return path


def json_parameters(files: list[str]) -> dict[str, Any]:
    """The parameters of a statement that reads spooled JSON arrays.

    No object is larger than its page; DuckDB keeps several buffers of twice this size for each thread.
    """
    largest = max(Path(file).stat().st_size for file in files)
    return {"files": files, "largest_object_bytes": max(largest, _SMALLEST_BUFFER_BYTES)}


@contextmanager
def spooling(root: Path, name: str) -> Iterator[Spool]:
    """A spool in a folder of its own under `root`, removed at the end."""
    root.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(root)
    directory = root / f"{name}-{time.time_ns()}"
    directory.mkdir()
    try:
        yield Spool(directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _remove_abandoned(root: Path) -> None:
    oldest = time.time() - _ABANDONED_AFTER_SECONDS
    for directory in root.iterdir():
        try:
            is_abandoned = directory.is_dir() and directory.stat().st_mtime < oldest
        except FileNotFoundError:  # another run has just finished with it
            continue
        if is_abandoned:
            shutil.rmtree(directory, ignore_errors=True)
