"""Words that a person may type: kinds of writes, ids by their first characters, free ports.

Belongs here: telling at once, with the allowed values, when a word means nothing. Does not belong here: what is done
with it.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence

import typer

from xero_sf_pipeline.errors import NotFound, PipelineError

_SHORTEST_ID = 4
"""Characters of an id that are taken for a prefix."""


def known_kinds(kinds: list[str] | None) -> list[str] | None:
    """The kinds as they were typed.

    Raises:
        typer.BadParameter: one of them is not a kind of write.
    """
    from xero_sf_pipeline.planning.kinds import WriteKind

    unknown = sorted(set(kinds or []) - set(WriteKind))
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)} is not a kind. The kinds are {', '.join(WriteKind)}.")
    return kinds


def full_ids(typed: Sequence[str], known: Sequence[str]) -> list[str]:
    """The ids that start with what was typed, one for each.

    Raises:
        NotFound: what was typed names no id, or more than one.
    """
    found = []
    for start in typed:
        matches = [full for full in known if full.startswith(start)] if len(start) >= _SHORTEST_ID else []
        if len(matches) != 1:
            what = f"{len(matches)} writes start with" if matches else "no write of the newest plan starts with"
            raise NotFound(
                f"{what[0].upper()}{what[1:]} {start!r}; nothing was decided.",
                remedy=f"See `xero-sf plan --show`; {_SHORTEST_ID} characters of an id are the least.",
            )
        found += matches
    return found


def require_free_port(port: int, option: str = "--port") -> None:
    """Tell before anything is started that a loopback port is taken; 0 is always free.

    Raises:
        PipelineError: another program listens there, or the port is none.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            raise PipelineError(
                f"Port {port} of 127.0.0.1 cannot be used: another program listens there, or it is not allowed.",
                remedy=f"Name another one with {option}, or stop that program.",
            ) from None
