"""A sandbox over real HTTP, shared by the tests of a module, and settings that point at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xero_sf_pipeline.sandbox.company import CompanySpec
from xero_sf_pipeline.sandbox.running import RunningSandbox, running_sandbox
from xero_sf_pipeline.settings import Settings

CREDENTIALS = {
    "xero_client_id": "sandbox-xero-client",
    "xero_client_secret": "sandbox-xero-secret",
    "salesforce_client_id": "sandbox-sf-client",
    "salesforce_client_secret": "sandbox-sf-secret",
}


@contextmanager
def small_sandbox(**sizes: int) -> Iterator[RunningSandbox]:
    """Serve a small company; limits of calls a minute are lifted, they have their own tests."""
    with running_sandbox(CompanySpec(**{"contacts": 40, "invoices": 300, "accounts": 40, **sizes})) as running:
        running.sandbox.xero.limits.configure({"minute": 100_000})
        yield running


def sandbox_settings(running: RunningSandbox, data_dir: Path, **overrides: Any) -> Settings:
    urls = {
        "xero_api_url": running.url,
        "xero_identity_url": running.url,
        "salesforce_login_url": running.url,
        "xero_sf_data_dir": data_dir,
        "http_read_timeout_seconds": 20,
    }
    return Settings(_env_file=None, **{**urls, **CREDENTIALS, **overrides})
