"""A served small shop, Xero's own client pointed at it, and a bare HTTP caller for what that client hides."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.identity import IdentityApi

from xero_sf_pipeline.sandbox.clock import SandboxClock
from xero_sf_pipeline.sandbox.running import RunningSandbox, running_sandbox
from xero_sf_pipeline.sandbox.sandbox import Sandbox
from xero_sf_pipeline_tests.sandbox.xero.books_of_a_small_shop import NOW, TENANT, SmallShop


@dataclass(frozen=True)
class Reply:
    """An answer as it came over the wire. Header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """Plain HTTP with a bearer token; no retries, no models."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.token: str | None = None

    def sign_in(self, client_id: str = "sandbox-xero-client", secret: str = "sandbox-xero-secret") -> Caller:
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        self.token = self.post_form("/connect/token", form).json["access_token"]
        return self

    def post_form(self, path: str, form: dict[str, str], headers: dict[str, str] | None = None) -> Reply:
        body = urllib.parse.urlencode(form).encode()
        return self.send("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})

    def send(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
        request = urllib.request.Request(self.url + path, data=body, method=method)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())

    def call(
        self,
        method: str,
        path: str,
        content: Any = None,
        *,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
    ) -> Reply:
        """Call the accounting API with JSON."""
        if self.token is None:
            self.sign_in()
        sent = {
            "Authorization": f"Bearer {self.token}",
            "xero-tenant-id": TENANT,
            "Accept": "application/json",
            "Content-Type": "application/json",
            **(headers or {}),
        }
        body = None if content is None else content if isinstance(content, bytes) else json.dumps(content).encode()
        suffix = "?" + urllib.parse.urlencode(query) if query else ""
        return self.send(method, "/api.xro/2.0" + path + suffix, body, sent)

    def get(self, path: str, **query: str) -> Any:
        reply = self.call("GET", path, query=query)
        assert reply.status == 200, reply.body
        return reply.json


@pytest.fixture
def shop() -> SmallShop:
    return SmallShop()


@pytest.fixture(scope="session")
def served() -> Iterator[RunningSandbox]:
    """One server for all tests; each test refills it."""
    made = Sandbox(clock=SandboxClock(NOW))
    with running_sandbox(sandbox=made) as running:
        yield running
    made.close()


@pytest.fixture
def running(served: RunningSandbox, shop: SmallShop) -> RunningSandbox:
    served.clock.freeze(False)
    served.clock.set(NOW)
    served.faults.clear()
    served.sandbox.refill_xero([shop])
    served.sandbox.xero.set_limits({"minute": 100_000, "day": 100_000})
    served.log.clear()
    return served


@pytest.fixture
def caller(running: RunningSandbox) -> Caller:
    return Caller(running.url)


@dataclass(frozen=True)
class Clients:
    """Xero's own client, without its blind retries."""

    accounting: AccountingApi
    identity: IdentityApi
    api_client: ApiClient


@pytest.fixture
def client_for(running: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Clients]]:
    for name in ("refresh_token_url", "client_credentials_token_url"):
        monkeypatch.setattr(TokenApi, name, running.url + "/connect/token")
    monkeypatch.setattr(TokenApi, "revoke_token_url", running.url + "/connect/revocation")
    made: list[Clients] = []

    def build(client_id: str = "sandbox-xero-client", secret: str = "sandbox-xero-secret") -> Clients:
        kept: dict[str, Any] = {}

        def save(token: dict[str, Any]) -> None:
            fields = {"access_token", "expires_in", "token_type", "scope", "refresh_token"}
            kept.clear()
            kept.update({name: value for name, value in token.items() if name in fields})
            if isinstance(kept.get("scope"), str):
                kept["scope"] = kept["scope"].split()

        configuration = Configuration()
        configuration.oauth2_token = OAuth2Token(client_id=client_id, client_secret=secret)
        client = ApiClient(
            configuration, oauth2_token_getter=lambda: kept or None, oauth2_token_saver=save, pool_threads=1
        )
        pool = client.rest_client.pool_manager
        pool.connection_pool_kw["retries"] = False
        pool.clear()
        client.get_client_credentials_token()
        clients = Clients(
            AccountingApi(client, base_url=running.url + "/api.xro/2.0"),
            IdentityApi(client, base_url=running.url),
            client,
        )
        made.append(clients)
        return clients

    yield build
    for clients in made:
        clients.api_client.rest_client.pool_manager.clear()


@pytest.fixture
def xero(client_for: Callable[..., Clients]) -> Clients:
    return client_for()
