"""The bare download of the same pages, nothing kept: the time that belongs to the server and the wire.

Usage: bare_xero.py <sandbox url> <empty folder>
"""

from __future__ import annotations

import sys

from measure import measured
from source_access import invoice_pages


def main(url: str, _folder: str) -> None:
    sizes: list[int] = []
    measured(lambda: sizes.extend(len(page.content) for page in invoice_pages(url)), lambda: {"json_bytes": sum(sizes)})


if __name__ == "__main__":
    main(*sys.argv[1:])
