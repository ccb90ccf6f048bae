"""The end of a push before its end, and the switch that a person can pull while it runs.

Belongs here: the signal inside `pushing` (it never leaves the package, the report carries the reason instead) and the
stop file. Does not belong here: whether pushing is enabled at all (settings).
"""

from __future__ import annotations

from pathlib import Path

from xero_sf_pipeline.errors import PipelineError

STOP_FILE = "push.stop"
"""A file of this name beside the warehouse stops every push, also one that is under way."""


class PushStopped(PipelineError):
    """Nothing more can be sent to one system or tenant now: a day limit, refused credentials, or no answer.

    The rest of its writes stays planned; other systems and tenants go on.
    """


class StoppedByPerson(PushStopped):
    """Nothing more may be sent to anybody."""


class StopSwitch:
    """Looks for the stop file. It is asked before every call that writes, so at most one call goes out after it."""

    def __init__(self, warehouse_path: Path) -> None:
        self._path = warehouse_path.with_name(STOP_FILE)

    @property
    def is_pulled(self) -> bool:
        return self._path.exists()

    @property
    def remedy(self) -> str:
        return f"Remove the file {self._path.name} beside the warehouse when pushing may go on."

    def check(self) -> None:
        """Let the push go on.

        Raises:
            StoppedByPerson: the stop file is there.
        """
        if self.is_pulled:
            raise StoppedByPerson(
                f"A person stopped pushing (the file {self._path.name} is there).", remedy=self.remedy
            )
