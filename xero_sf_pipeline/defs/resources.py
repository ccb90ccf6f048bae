"""The resources: how a pipeline is opened, and the one pipeline that all steps of a run share.

Neither shows a secret, and the environment is read only when a step needs it, so that definitions load anywhere.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType

import dagster as dg

from xero_sf_pipeline.clock import Clock, SystemClock
from xero_sf_pipeline.connections import Connections
from xero_sf_pipeline.pipeline import OnPage, Pipeline, open_pipeline
from xero_sf_pipeline.settings import Settings, load_settings


@dataclass(frozen=True)
class PipelineFactory:
    """Opens a pipeline for a run. Tests and the command line hand in their own settings and clock.

    Attributes:
        connections: lent to every run, which leaves them open: several runs of one process log in once.
    """

    settings: Settings | None = field(default=None, repr=False)
    clock: Clock | None = None
    on_page: OnPage | None = field(default=None, repr=False)
    connections: Connections | None = field(default=None, repr=False)

    @contextmanager
    def open(self, run_id: str) -> Iterator[Pipeline]:
        """The pipeline of a run, closed at the end of the block."""
        with open_pipeline(
            self.settings,
            clock=self.clock or SystemClock(),
            run_id=run_id,
            on_page=self.on_page,
            connections=self.connections,
        ) as pipeline:
            yield pipeline

    def now(self) -> datetime:
        """The instant that runs go by."""
        return (self.clock or SystemClock()).now()

    def is_push_enabled(self) -> bool:
        """Whether XERO_SF_PUSH_ENABLED is on, read anew at each call unless the settings were handed in.

        Raises:
            ConfigError: the settings are not complete.
        """
        return (self.settings or load_settings()).xero_sf_push_enabled


class PipelineRun:
    """The one pipeline of a run, opened by the first step that needs it. Safe to use from several threads."""

    def __init__(self, pipelines: PipelineFactory, run_id: str) -> None:
        self._pipelines = pipelines
        self._run_id = run_id
        self._lock = threading.Lock()
        self._opened = ExitStack()
        self._pipeline: Pipeline | None = None

    @property
    def pipeline(self) -> Pipeline:
        """The run's pipeline.

        Raises:
            ConfigError: the settings are not complete.
        """
        with self._lock:
            if self._pipeline is None:
                self._pipeline = self._opened.enter_context(self._pipelines.open(self._run_id))
            return self._pipeline

    def __enter__(self) -> PipelineRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._pipeline = None
            self._opened.close()


@dg.resource(
    required_resource_keys={"pipelines"},
    description="The pipeline that all steps of a run in one process share; closed when the run ends, however it ends.",
)
def run_resource(context: dg.InitResourceContext) -> Iterator[PipelineRun]:
    with PipelineRun(context.resources.pipelines, context.run.run_id if context.run else str(uuid.uuid4())) as run:
        yield run
