"""The one resource: opens the pipeline of a run.

It holds no secret and reads the environment only when a run opens it, so that definitions load anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from xero_sf_pipeline.clock import Clock, SystemClock
from xero_sf_pipeline.pipeline import OnPage, Pipeline, open_pipeline
from xero_sf_pipeline.settings import Settings, load_settings


@dataclass(frozen=True)
class PipelineFactory:
    """Opens a pipeline for one step. Tests and the command line hand in their own settings and clock."""

    settings: Settings | None = None
    clock: Clock | None = None
    on_page: OnPage | None = None

    @contextmanager
    def open(self, run_id: str) -> Iterator[Pipeline]:
        """The pipeline of a run, closed at the end of the block."""
        with open_pipeline(
            self.settings, clock=self.clock or SystemClock(), run_id=run_id, on_page=self.on_page
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
