"""Reads from Xero through xero-python: one client per tenant, raw page bytes, nothing parsed twice.

The library builds the URL and the headers and raises its errors; the body is taken as it came, because its models fail
a whole page on one unknown enum or null. Belongs here: what goes into a request. Does not belong here: decoding pages,
cursors (extraction), and the gates around a call (`caller`).

Traps of xero-python 15.2.0 handled here: no timeout by default and floats ignored as timeouts; urllib3's own retries
(they re-send PUT and sleep for hours); `Configuration` hands out copies of the first instance, token included; extra
keys in the token fail; a token with `expires_at` is refreshed by the library without a lock; no gzip unless asked.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies, select_proxy

from xero_sf_pipeline.clients.caller import Caller
from xero_sf_pipeline.clients.circuit import CircuitBreaker
from xero_sf_pipeline.clients.failures import Attempt, malformed
from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.limits import Slot
from xero_sf_pipeline.clients.loopback import is_loopback
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.tokens import IDENTITY, TokenCache, TokenSource, XeroClientCredentials, XeroToken
from xero_sf_pipeline.clients.xero_entities import XERO_ENTITIES, XeroEntity
from xero_sf_pipeline.clients.xero_failures import from_xero
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.settings import Settings

__all__ = ["XERO_ENTITIES", "RawPage", "XeroClient", "XeroEntity", "XeroSession", "XeroTenant"]

LARGEST_PAGE = 1000
"""A larger pageSize is clamped silently by Xero, which would look like a short last page."""
LARGEST_ID_LIST = 40
"""More ids in one URL end in a 404 by its length."""


@dataclass(frozen=True)
class XeroTenant:
    """One connected organisation (or practice). `tenant_id` is what requests name, not the connection's id."""

    tenant_id: str
    tenant_name: str
    tenant_type: str


@dataclass(frozen=True)
class RawPage:
    """One answer as it came, decompressed. Header names are looked up in any case."""

    body: bytes = field(repr=False)
    status: int
    headers: Mapping[str, str] = field(repr=False)
    fetched_at: datetime


class _Connection(msgspec.Struct):
    tenantId: str  # noqa: N815 - Xero's spelling
    tenantType: str = ""  # noqa: N815
    tenantName: str | None = None  # noqa: N815


class XeroSession:
    """One app's access to Xero: its token, its connections, a client for each tenant. Safe to use from threads.

    Args:
        tokens: another OAuth 2 flow; a custom connection's client credentials when left out
        retry: how reads are repeated
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        governor: Governor,
        *,
        tokens: TokenSource[XeroToken] | None = None,
        retry: Retry | None = None,
    ) -> None:
        source = XeroClientCredentials(settings, clock, governor) if tokens is None else tokens
        self._settings = settings
        self._clock = clock
        self._caller = Caller(
            "xero", TokenCache(source, clock), governor, CircuitBreaker(clock), Retry() if retry is None else retry
        )
        self._lock = threading.Lock()
        self._transports: dict[str, _Transport] = {}

    def connections(self) -> list[XeroTenant]:
        """List what the app is connected to, by name."""
        attempt = Attempt("xero", "Listing the connected organisations", is_write=False)
        transport = self._transport(IDENTITY)
        page = self._caller.read(
            IDENTITY, lambda token, slot: transport.get("get_connections", {}, token, slot, attempt), urgent=True
        )
        try:
            rows = msgspec.json.decode(page.body, type=list[_Connection])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise malformed(attempt, "the answer is no list of connections") from None
        tenants = [XeroTenant(row.tenantId, row.tenantName or "", row.tenantType) for row in rows]
        return sorted(tenants, key=lambda tenant: (tenant.tenant_name, tenant.tenant_id))

    def organisations(self) -> list[XeroTenant]:
        """List the organisations to work on: the connected ones that XERO_TENANTS names.

        Raises:
            ConfigError: a named tenant is not connected, or none is.
        """
        connected = [tenant for tenant in self.connections() if tenant.tenant_type in ("ORGANISATION", "")]
        wanted = self._settings.tenant_ids
        if wanted is None:
            chosen, missing = connected, []
        else:
            by_id = {tenant.tenant_id.lower(): tenant for tenant in connected}
            chosen = [by_id[tenant_id.lower()] for tenant_id in wanted if tenant_id.lower() in by_id]
            missing = [tenant_id for tenant_id in wanted if tenant_id.lower() not in by_id]
        if missing or not chosen:
            problems = [f"XERO_TENANTS: {tenant_id} is not connected to the app" for tenant_id in missing]
            raise ConfigError(
                "The Xero app is not connected to what the settings name:",
                problems=problems or ["XERO_TENANTS: the app is connected to no organisation"],
                remedy="Connect the organisation in Xero, or correct XERO_TENANTS.",
            )
        return chosen

    def client(self, tenant_id: str, *, urgent: bool = False) -> XeroClient:
        """Return the client of one tenant. Urgent work (a poll of today) passes other work of the same tenant."""
        return XeroClient(tenant_id, self._caller, self._transport(tenant_id), urgent=urgent)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for transport in self._transports.values():
                transport.close()
            self._transports.clear()

    def __enter__(self) -> XeroSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _transport(self, tenant: str) -> _Transport:
        with self._lock:
            if tenant not in self._transports:
                self._transports[tenant] = _Transport(self._settings, self._clock)
            return self._transports[tenant]


class XeroClient:
    """Reads one tenant."""

    def __init__(self, tenant_id: str, caller: Caller[XeroToken], transport: _Transport, *, urgent: bool) -> None:
        self.tenant_id = tenant_id
        self._caller = caller
        self._transport = transport
        self._urgent = urgent

    def page(
        self,
        entity: XeroEntity,
        *,
        page: int | None = None,
        modified_since: datetime | None = None,
        order: str | None = None,
        page_size: int = LARGEST_PAGE,
        **params: Any,
    ) -> RawPage:
        """Read one page of a collection, or all of a collection that has no pages.

        Args:
            page: from 1; required exactly when the collection is paged
            modified_since: aware; sent as UTC in whole seconds. Rows of that very second may come or not: ask from
                the same second again and drop repeats by id
            order: left out, by primary key, the only order in which a walk loses no row
            params: further parameters by xero-python's names, such as where, statuses, i_ds (at most 40), summary_only

        Raises:
            ValueError: the request would not mean what it says (see above).
            RateLimited, MissingPermission, AuthenticationFailed, TransientApiError, MalformedResponse ...
        """
        arguments = _arguments(entity, page, modified_since, order, page_size, params)
        number = f" page {page}" if page is not None else ""
        attempt = Attempt("xero", f"Reading {entity.name}{number} of tenant {self.tenant_id}", is_write=False)
        arguments["xero_tenant_id"] = self.tenant_id
        return self._caller.read(
            self.tenant_id,
            lambda token, slot: self._transport.get(entity.method, arguments, token, slot, attempt),
            urgent=self._urgent,
        )


def _arguments(
    entity: XeroEntity,
    page: int | None,
    modified_since: datetime | None,
    order: str | None,
    page_size: int,
    params: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the keyword arguments of the library's method. What is not meant is left out: None would be sent."""
    arguments: dict[str, Any] = {**dict(entity.parameters), **params}
    if entity.is_paged != (page is not None):
        rule = "is paged: name a page, else line items are missing" if entity.is_paged else "has no pages"
        raise ValueError(f"{entity.name} {rule}")
    if page is not None:
        if page < 1 or not 1 <= page_size <= LARGEST_PAGE:
            raise ValueError(f"pages start at 1 and hold 1 to {LARGEST_PAGE} rows, got page {page} of {page_size}")
        arguments |= {"page": page, "page_size": page_size, "order": order or entity.order}
    elif order is not None:
        arguments["order"] = order
    if modified_since is not None:
        if not entity.has_modified_since:
            raise ValueError(f"{entity.name} has no If-Modified-Since: read it all and compare")
        if modified_since.tzinfo is None:
            raise ValueError("modified_since needs an offset; use aware UTC datetimes")
        arguments["if_modified_since"] = modified_since.astimezone(UTC).replace(microsecond=0)
    if len(params.get("i_ds", ())) > LARGEST_ID_LIST:
        raise ValueError(f"at most {LARGEST_ID_LIST} ids fit into one URL, got {len(params['i_ds'])}")
    return arguments


class _Transport:
    """The library's objects for one tenant: their own Configuration, ApiClient and connection pool."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        from xero_python.accounting import AccountingApi
        from xero_python.api_client import ApiClient
        from xero_python.api_client.configuration import Configuration
        from xero_python.api_client.oauth2 import OAuth2Token
        from xero_python.identity import IdentityApi

        self._clock = clock
        self._timeout = (settings.http_connect_timeout_seconds, settings.http_read_timeout_seconds)
        self._token: XeroToken | None = None
        configuration = Configuration(debug=False)
        configuration.oauth2_token = OAuth2Token()  # after construction: the constructor may return an older copy
        if not is_loopback(urlsplit(settings.xero_api_url).hostname):
            configuration.proxy = select_proxy(settings.xero_api_url, get_environ_proxies(settings.xero_api_url))
        client = ApiClient(configuration, oauth2_token_getter=self._sdk_token)
        client.set_default_header("Accept-Encoding", "gzip")
        self._pool = client.rest_client.pool_manager
        self._pool.connection_pool_kw["retries"] = False
        self._pool.clear()
        self._apis = (
            AccountingApi(client, base_url=f"{settings.xero_api_url}/api.xro/2.0"),
            IdentityApi(client, base_url=settings.xero_api_url),
        )

    def get(self, method: str, arguments: Mapping[str, Any], token: XeroToken, slot: Slot, attempt: Attempt) -> RawPage:
        """Send one GET and return its body, which must be JSON by its first byte."""
        accounting, identity = self._apis
        send = getattr(identity if method == "get_connections" else accounting, method)
        self._token = token
        try:
            response = send(**arguments, _preload_content=False, _request_timeout=self._timeout)
            body: bytes = response.data
        except Exception as error:
            self._hear_refusal(error, slot)
            raise from_xero(error, attempt) from None
        headers = CaseInsensitiveDict(response.headers.items())
        slot.heard(headers)
        slot.bytes_in = int(response.tell())
        if body[:1] not in (b"{", b"[") and body.lstrip()[:1] not in (b"{", b"["):
            raise malformed(attempt, f"the answer of {len(body)} bytes is not JSON", response.status)
        return RawPage(body, int(response.status), headers, self._clock.now())

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _hear_refusal(self, error: Exception, slot: Slot) -> None:
        answer = getattr(error, "http_resp", None)
        if answer is not None:
            slot.heard(answer.urllib3_response.headers)
            slot.bytes_in = int(answer.urllib3_response.tell())

    def _sdk_token(self) -> dict[str, Any]:
        """Return the token as the library wants it: exactly these keys, scope as a list, and no `expires_at`, so that
        the library never tries to refresh it."""
        assert self._token is not None
        return {
            "access_token": self._token.access_token,
            "scope": list(self._token.scopes),
            "expires_in": 0,
            "token_type": "Bearer",
        }
