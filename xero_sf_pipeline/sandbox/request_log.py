"""What was asked of the sandbox: one entry per HTTP request, with byte counts as they went over the wire.

Tests assert call counts with it, benchmarks read calls and bytes. Bodies and headers are never kept.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Entry:
    """One request. `status` is 0 when the connection was cut before an answer; bytes are body bytes as sent (gzip)."""

    at: datetime
    system: str
    method: str
    path: str
    query: str
    status: int
    bytes_in: int
    bytes_out: int


class RequestLog:
    """The requests in the order in which they were finished. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []

    def append(self, entry: Entry) -> None:
        """Add a finished request."""
        with self._lock:
            self._entries.append(entry)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    def as_list(self) -> list[Entry]:
        """Return a copy of all entries."""
        with self._lock:
            return list(self._entries)

    def matching(self, system: str | None = None, method: str | None = None, path: str | None = None) -> list[Entry]:
        """Return the entries of a system and method whose path matches a regular expression anywhere."""
        wanted = re.compile(path) if path is not None else None
        return [
            entry
            for entry in self.as_list()
            if (system is None or entry.system == system)
            and (method is None or entry.method == method)
            and (wanted is None or wanted.search(entry.path) is not None)
        ]

    def count(self, system: str | None = None, method: str | None = None, path: str | None = None) -> int:
        """Count what `matching` returns."""
        return len(self.matching(system, method, path))

    def counts(self) -> Counter[tuple[str, str, str]]:
        """Count requests by (system, method, path pattern); ids inside a path are written `{id}`."""
        return Counter((entry.system, entry.method, path_pattern(entry.path)) for entry in self.as_list())


_ID_SEGMENT = re.compile(
    r"/(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(?=[a-zA-Z0-9]*[0-9])[a-zA-Z0-9]{18}|(?=[a-zA-Z0-9]*[0-9])[a-zA-Z0-9]{15})(?=/|$)"
)


def path_pattern(path: str) -> str:
    """Replace GUIDs (Xero) and 15 or 18 character ids (Salesforce) in a path by `{id}`."""
    return _ID_SEGMENT.sub("/{id}", path)
