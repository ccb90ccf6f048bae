"""One synced data folder and its sandbox, made once by the real command line; tests work on copies.

Belongs here: preparing and running commands. Does not belong here: any expectation.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from xero_sf_pipeline.cli import main as command_line
from xero_sf_pipeline.cli.sandbox import settings_lines
from xero_sf_pipeline.sandbox.company import CompanySpec
from xero_sf_pipeline.sandbox.running import RunningSandbox, running_sandbox
from xero_sf_pipeline.settings import ENV_FILE_VARIABLE

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Desk:
    """A folder with settings and data, as a person has it."""

    folder: Path

    @property
    def env_file(self) -> Path:
        return self.folder / ".env"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def write_env(self, url: str, **changes: str) -> None:
        """Write the settings for a sandbox; keywords replace lines or add them."""
        day = datetime.now(UTC).date().isoformat()
        lines = dict(line.split("=", 1) for line in settings_lines(url, str(self.data), day).splitlines()[1:])
        self.env_file.write_text("".join(f"{name}={value}\n" for name, value in (lines | changes).items()))

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "xero_sf_pipeline.cli.main", *arguments],
            cwd=self.folder,
            env=clean_environment() | {"PYTHONPATH": str(ROOT), "XERO_SF_ACTOR": "tester"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> Ended:
        """Run a command in a process of its own."""
        with self.start(*arguments, **environment) as process:
            out, err = process.communicate(timeout=240)
        return Ended(process.returncode, out, err)


def clean_environment() -> dict[str, str]:
    """The environment without a setting of ours, and without one that changes how a terminal is written to."""
    dropped = ("XERO_", "SALESFORCE_", "DAGSTER_HOME", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "TERM")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


class Terminal:
    """Runs commands in this process, where starting one costs nothing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def run(self, *arguments: str, desk: Desk | None = None, columns: int = 80) -> Ended:
        with self._monkeypatch.context() as patched, _signals_kept():
            for name in set(os.environ) - set(clean_environment()):
                patched.delenv(name)
            patched.setenv("COLUMNS", str(columns))
            patched.setenv(ENV_FILE_VARIABLE, str(desk.env_file if desk else "no-such-file.env"))
            if desk:
                patched.chdir(desk.folder)
            self._capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                command_line.main(list(arguments))
            captured = self._capsys.readouterr()
        return Ended(int(ended.value.code or 0), captured.out, captured.err)


@contextmanager
def _signals_kept() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, action in kept.items():
            signal.signal(number, action)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capsys)


@dataclass(frozen=True)
class Prepared:
    """A desk after `salesforce deploy` and `sync`, and the folder of the sandbox that it is connected to."""

    desk: Desk
    sandbox_folder: Path
    deployed: Ended
    synced: Ended


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Nothing but commands: deploy the fields, sync. Pushing is off. Nobody changes it: see `synced` and `pushing`."""
    folder = tmp_path_factory.mktemp("prepared")
    desk = Desk(folder / "desk")
    desk.data.mkdir(parents=True)
    shutil.copy(ROOT / "data" / "policy.yaml", desk.data)
    spec = CompanySpec(contacts=40, invoices=120, accounts=30, as_of=datetime.now(UTC).date())
    with running_sandbox(spec, directory=folder / "sandbox") as running:
        running.clock.set(datetime.now(UTC))
        desk.write_env(running.url, XERO_SF_PUSH_ENABLED="false")
        deployed = desk.run("salesforce", "deploy")
        synced = desk.run("sync")
    return Prepared(desk, folder / "sandbox", deployed, synced)


@pytest.fixture(scope="session")
def synced(prepared: Prepared) -> Desk:
    """The prepared desk, for commands that only read what was published."""
    assert (prepared.deployed.code, prepared.synced.code) == (0, 0), prepared
    return prepared.desk


@pytest.fixture
def pushing(prepared: Prepared, tmp_path: Path) -> Iterator[tuple[Desk, RunningSandbox]]:
    """A copy of the desk with pushing on, connected to a running copy of its sandbox."""
    desk = Desk(tmp_path / "desk")
    shutil.copytree(prepared.desk.folder, desk.folder)
    shutil.copytree(prepared.sandbox_folder, tmp_path / "sandbox")
    with running_sandbox(directory=tmp_path / "sandbox") as running:
        running.clock.set(datetime.now(UTC))
        desk.write_env(running.url)
        yield desk, running
