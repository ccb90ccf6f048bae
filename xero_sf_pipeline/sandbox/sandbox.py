"""One sandbox: clock, faults, request log and the state of both APIs.

It is filled from a generated company, or from hand-made seeds in tests. With a directory its state lives in SQLite
files, and a later start with the same directory goes on where the last one stopped, clock included.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.sandbox.clock import SandboxClock
from xero_sf_pipeline.sandbox.faults import FaultPlan
from xero_sf_pipeline.sandbox.middleware import OpenConnections
from xero_sf_pipeline.sandbox.request_log import RequestLog

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.company import Company, CompanySpec, SalesforceSeed
    from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
    from xero_sf_pipeline.sandbox.xero.seed import XeroSeed
    from xero_sf_pipeline.sandbox.xero.state import XeroState


class Sandbox:
    """Both APIs and what they share.

    Args:
        spec: generate this company; its `starts_at` is where the clock starts unless `clock` is given
        company: use this already generated company instead
        xero_seeds, salesforce_seed: use these instead of a company (tests of one API)
        directory: keep state in SQLite files there; an existing state is continued and the seeds are not loaded again

    `truth` holds what is known about who is who; after a restart its rows are plain dicts.

    Raises:
        ValueError: the directory holds the state of another company
    """

    def __init__(
        self,
        spec: CompanySpec | None = None,
        *,
        company: Company | None = None,
        xero_seeds: Sequence[XeroSeed] = (),
        salesforce_seed: SalesforceSeed | None = None,
        directory: Path | None = None,
        clock: SandboxClock | None = None,
    ) -> None:
        self.faults = FaultPlan()
        self.log = RequestLog()
        self.connections = OpenConnections()
        self._directory = directory
        saved = _read_saved(directory)
        self.clock = clock if clock is not None else _starting_clock(saved, spec, directory)
        self._spec = saved["spec"] if saved else _plain(spec)
        if saved is not None and spec is not None and saved["spec"] != _plain(spec):
            raise ValueError(
                f"{directory} holds a sandbox of another company ({saved['spec']}); "
                "choose another folder, or delete this one to start anew"
            )
        self.truth: list[Any] = list(saved["truth"]) if saved else []
        self._xero: XeroState | None = None
        self._salesforce: SalesforceState | None = None
        if saved is None:
            if company is None and spec is not None:
                from xero_sf_pipeline.sandbox import company as company_module

                company = company_module.generate(spec)
            if company is not None:
                xero_seeds, salesforce_seed = company.xero, company.salesforce
                self.truth = list(company.truth)
            self._load(xero_seeds, salesforce_seed)
            self._save()
        self.clock.on_change = self._save

    @property
    def xero(self) -> XeroState:
        """The Xero side, opened on first use."""
        if self._xero is None:
            from xero_sf_pipeline.sandbox.xero.state import XeroState

            self._xero = XeroState(self._path("xero"), self.clock)
        return self._xero

    @property
    def salesforce(self) -> SalesforceState:
        """The Salesforce side, opened on first use."""
        if self._salesforce is None:
            from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState

            self._salesforce = SalesforceState(self._path("salesforce"), self.clock)
        return self._salesforce

    def refill_xero(self, seeds: Sequence[XeroSeed]) -> None:
        """Replace the Xero side by new organisations, limits and tokens included; a server may go on running."""
        if self._directory is not None:
            raise ValueError("a sandbox that keeps its state in files cannot be refilled")
        if self._xero is not None:
            self._xero.close()
        self._xero = None
        for seed in seeds:
            self.xero.load(seed)

    def mutate(self, system: str, body: dict[str, Any]) -> Any:
        """Change data behind the API's back; each state documents its own `mutate` bodies."""
        if system == "xero":
            return self.xero.mutate(body)
        if system == "salesforce":
            return self.salesforce.mutate(body)
        raise ValueError(f"no mutation hooks for {system!r}")

    def close(self) -> None:
        """Save the clock and close the state files."""
        self._save()
        for state in (self._xero, self._salesforce):
            if state is not None:
                state.close()
        self._xero = self._salesforce = None

    def _load(self, xero_seeds: Iterable[XeroSeed], salesforce_seed: SalesforceSeed | None) -> None:
        for seed in xero_seeds:
            self.xero.load(seed)
        if salesforce_seed is not None:
            self.salesforce.load(salesforce_seed)

    def _path(self, name: str) -> str:
        return ":memory:" if self._directory is None else str(self._directory / f"{name}.sqlite")

    def _save(self) -> None:
        if self._directory is None:
            return
        content = {
            "now": self.clock.now().isoformat(),
            "frozen": self.clock.is_frozen,
            "spec": self._spec,
            "truth": [asdict(row) if is_dataclass(row) and not isinstance(row, type) else row for row in self.truth],
        }
        aside = self._directory / "sandbox.json.new"
        aside.write_text(json.dumps(content, default=str), encoding="utf-8")
        os.replace(aside, self._directory / "sandbox.json")


def _read_saved(directory: Path | None) -> dict[str, Any] | None:
    if directory is None:
        return None
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "sandbox.json"
    if not path.exists():
        for leftover in directory.glob("*.sqlite*"):  # a first start that did not finish loading
            leftover.unlink()
        return None
    saved: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return saved


def _plain(spec: CompanySpec | None) -> dict[str, Any] | None:
    """Return a specification as it looks after a trip through JSON."""
    if spec is None:
        return None
    plain: dict[str, Any] = json.loads(json.dumps(asdict(spec), default=str))
    return plain


def _starting_clock(saved: dict[str, Any] | None, spec: CompanySpec | None, directory: Path | None) -> SandboxClock:
    if saved is not None and directory is not None:
        instant = datetime.fromisoformat(saved["now"])
        if not saved["frozen"]:  # a killed server saved no last instant: never start before its last write
            instant += timedelta(seconds=_seconds_written_after_save(directory))
        return SandboxClock(instant, frozen=bool(saved["frozen"]))
    if spec is not None:
        return SandboxClock(spec.starts_at)
    return SandboxClock()


def _seconds_written_after_save(directory: Path) -> float:
    saved_at = (directory / "sandbox.json").stat().st_mtime
    return max([0.0, *(path.stat().st_mtime - saved_at for path in directory.glob("*.sqlite*"))])
