"""How the program ends when it is told to: what was opened is closed, and no child goes on alone."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn


def listen() -> None:
    """Leave on SIGTERM and SIGHUP as after Ctrl-C.

    Said again before a long wait: Dagster's runs put a handler of their own in place and leave it there.
    """
    for stop in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, _leave)


def hear_interrupts() -> None:
    """For a child before it starts: a shell has what it runs in the background ignore SIGINT, and so its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _leave(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)
