"""xero-python's objects for one tenant, and one request through them: raw bytes back, errors translated.

Traps of xero-python 15.2.0 handled here: no timeout by default and floats ignored as timeouts; urllib3's own retries
(they re-send PUT and sleep for hours); `Configuration` hands out copies of the first instance, token included; extra
keys in the token fail; a token with `expires_at` is refreshed by the library without a lock; no gzip unless asked.
Belongs here: those objects. Does not belong here: what goes into a request (`xero`), the gates around it (`caller`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies, select_proxy

from xero_sf_pipeline.clients.failures import Attempt, malformed
from xero_sf_pipeline.clients.limits import Slot
from xero_sf_pipeline.clients.loopback import is_loopback
from xero_sf_pipeline.clients.tokens import XeroToken
from xero_sf_pipeline.clients.xero_failures import from_xero
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.settings import Settings


@dataclass(frozen=True)
class RawPage:
    """One answer as it came, decompressed. Header names are looked up in any case."""

    body: bytes = field(repr=False)
    status: int
    headers: Mapping[str, str] = field(repr=False)
    fetched_at: datetime


class Transport:
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

    def send(
        self, method: str, arguments: Mapping[str, Any], token: XeroToken, slot: Slot, attempt: Attempt
    ) -> RawPage:
        """Send one request and return the body of its answer, which must be JSON by its first byte."""
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
