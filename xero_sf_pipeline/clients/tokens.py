"""Access tokens: where they come from, and how one is shared by many threads.

A `TokenSource` fetches a token by one OAuth 2 flow; `TokenCache` keeps it, renews it a little before it ends and makes
sure that threads which find it stale at the same moment cause one request. Further flows (refresh token, PKCE, JWT
bearer) are further sources; nothing else changes. This module knows no SDK: xero-python's own refresh is not
thread-safe and simple-salesforce's loses headers, so both only ever get a token that is fresh.

Sources: developer.xero.com "Custom connections"; Salesforce "OAuth 2.0 Client Credentials Flow".
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr

from xero_sf_pipeline.clients.failures import Attempt, from_identity, from_transport, malformed
from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.loopback import is_loopback
from xero_sf_pipeline.clients.usage import Usage
from xero_sf_pipeline.clients.wire_json import decode
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.settings import Settings

RENEW_BEFORE_END = timedelta(seconds=90)
"""Longer than a request may wait for its slot and travel, short beside the 30 minutes of a Xero token."""
IDENTITY = "identity"
"""The name under which token requests and the list of connections are metered."""


class Token(Protocol):
    """What the cache needs to know of a token. `expires_at` None: it ends when the API says so."""

    @property
    def expires_at(self) -> datetime | None: ...


TokenT = TypeVar("TokenT", bound=Token)
FetchedT = TypeVar("FetchedT", covariant=True)


class TokenSource(Protocol[FetchedT]):
    """Fetches a new token from the identity service. Called by one thread at a time."""

    def fetch(self) -> FetchedT: ...


@dataclass(frozen=True)
class XeroToken:
    """A bearer token for every tenant of the connection."""

    access_token: str = field(repr=False)
    expires_at: datetime | None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SalesforceToken:
    """A session with one org. The ids of the org and of the integration user are there when the flow tells them."""

    access_token: str = field(repr=False)
    instance_url: str
    org_id: str | None = None
    user_id: str | None = None
    expires_at: datetime | None = None


class TokenCache(Generic[TokenT]):
    """Holds the current token of one connection."""

    def __init__(self, source: TokenSource[TokenT], clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._token: TokenT | None = None

    def current(self) -> TokenT:
        """Return a token that is good for the next request."""
        with self._lock:
            if self._token is None or self._is_ending(self._token):
                self._token = self._source.fetch()
            return self._token

    def renew(self, stale: TokenT) -> TokenT:
        """Return a token newer than `stale`, which the API has refused; fetch only if nobody has done so yet."""
        with self._lock:
            if self._token is None or self._token is stale or self._is_ending(self._token):
                self._token = self._source.fetch()
            return self._token

    def _is_ending(self, token: TokenT) -> bool:
        return token.expires_at is not None and self._clock.now() >= token.expires_at - RENEW_BEFORE_END


class XeroClientCredentials:
    """A Xero custom connection: one organisation, 30-minute tokens, no refresh token."""

    def __init__(self, settings: Settings, clock: Clock, governor: Governor) -> None:
        self._url = f"{settings.xero_identity_url}/connect/token"
        self._client_id = settings.xero_client_id
        self._client_secret = settings.xero_client_secret
        self._scopes = settings.xero_scopes
        self._endpoint = IdentityEndpoint("xero", settings, governor)
        self._clock = clock

    def fetch(self) -> XeroToken:
        """Fetch a token. Its life is counted from before the request, so it never looks longer than it is."""
        asked_at = self._clock.now()
        form = {"grant_type": "client_credentials"}
        if self._scopes.strip():
            form["scope"] = " ".join(self._scopes.split())
        answer = self._endpoint.post(self._url, form, self._client_id, self._client_secret)
        lifetime = answer.get("expires_in")
        seconds = int(lifetime) if isinstance(lifetime, int | str) and str(lifetime).isdigit() else 1800
        return XeroToken(
            access_token=answer["access_token"],
            expires_at=asked_at + timedelta(seconds=seconds),
            scopes=tuple(str(answer.get("scope") or "").split()),
        )


class SalesforceClientCredentials:
    """An External Client App with a run-as user. The answer names no lifetime: the session ends with a 401."""

    def __init__(self, settings: Settings, governor: Governor) -> None:
        self._url = f"{settings.salesforce_login_url}/services/oauth2/token"
        self._login_url = settings.salesforce_login_url
        self._client_id = settings.salesforce_client_id
        self._client_secret = settings.salesforce_client_secret
        self._endpoint = IdentityEndpoint("salesforce", settings, governor)

    def fetch(self) -> SalesforceToken:
        """Log in. The identity URL ends in `/<org id>/<user id>`."""
        form = {"grant_type": "client_credentials"}
        answer = self._endpoint.post(self._url, form, self._client_id, self._client_secret)
        *_, org_id, user_id = ["", "", *str(answer.get("id") or "").split("/")]
        return SalesforceToken(
            access_token=answer["access_token"],
            instance_url=str(answer.get("instance_url") or self._login_url),
            org_id=org_id or None,
            user_id=user_id or None,
        )


class IdentityEndpoint:
    """Posts one form to a token endpoint, client id and secret in the Basic header."""

    def __init__(self, system: str, settings: Settings, governor: Governor) -> None:
        self._system = system
        self._timeout = (settings.http_connect_timeout_seconds, settings.http_read_timeout_seconds)
        self._governor = governor

    def post(self, url: str, form: dict[str, str], client_id: str, client_secret: SecretStr) -> dict[str, Any]:
        """Return the token answer as a dict that has an access token.

        Raises:
            AuthenticationFailed, MissingPermission, TransientApiError, MalformedResponse: see `failures.from_identity`.
        """
        attempt = Attempt(self._system, "Asking for an access token", is_write=False)
        with requests.Session() as session:
            session.trust_env = not is_loopback(urlsplit(url).hostname)  # a proxy never stands before this machine
            try:
                response = session.post(
                    url,
                    data=form,
                    auth=(client_id, client_secret.get_secret_value()),
                    headers={"Accept": "application/json"},
                    timeout=self._timeout,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                self._governor.count(self._system, IDENTITY, Usage(calls=1))
                raise from_transport(error, attempt) from None
        self._governor.count(self._system, IDENTITY, Usage(1, len(response.content), len(response.request.body or "")))
        if response.status_code != 200:
            raise from_identity(response.status_code, response.headers, response.content, attempt)
        answer = decode(response.content, system=self._system, what=attempt.what)
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise malformed(attempt, "the answer holds no access token")
        return answer
