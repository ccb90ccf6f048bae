"""An org behind a real server, and the real client pointed at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce

from xero_sf_pipeline.sandbox.clock import SandboxClock
from xero_sf_pipeline.sandbox.running import RunningSandbox, running_sandbox
from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState
from xero_sf_pipeline.sandbox.sandbox import Sandbox
from xero_sf_pipeline_tests.clients.wsdl_once import wsdl_once

__all__ = ["wsdl_once"]

START = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
VERSION = "66.0"


class Loopback(HTTPAdapter):
    """Sends what the SDK believes to be https to the sandbox's plain port."""

    def __init__(self, target: str, **options: Any) -> None:
        self._target = target
        super().__init__(**options)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        request.url = urlunsplit(("http", self._target, parts.path, parts.query, ""))
        return super().send(request, **options)


def connect(url: str, version: str = VERSION) -> Salesforce:
    """Log in with client credentials through the real SDK."""
    session = requests.Session()
    session.mount("https://", Loopback(urlsplit(url).netloc))
    return Salesforce(
        consumer_key="sandbox-sf-client",
        consumer_secret="sandbox-sf-secret",
        domain="sandbox.my",
        version=version,
        session=session,
    )


@pytest.fixture
def running() -> Iterator[RunningSandbox]:
    sandbox = Sandbox(clock=SandboxClock(START, frozen=True))
    with running_sandbox(sandbox=sandbox) as one:
        yield one
    sandbox.close()


@pytest.fixture
def org(running: RunningSandbox) -> SalesforceState:
    return running.sandbox.salesforce


@pytest.fixture
def sf(running: RunningSandbox) -> Iterator[Salesforce]:
    client = connect(running.url)
    yield client
    client.session.close()
