"""OAuth2 of the sandbox: apps, access tokens, refresh-token rotation, scopes.

Access tokens last 30 minutes of sandbox time. A refresh token is replaced at every use; the one just used may be tried
again for 30 minutes in case the answer was lost, and an unused one dies after 60 days.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from xero_sf_pipeline.sandbox.clock import SandboxClock
from xero_sf_pipeline.sandbox.xero.answers import gateway_problem
from xero_sf_pipeline.sandbox.xero.json_text import decode, encode
from xero_sf_pipeline.sandbox.xero.store import Store

TOKEN_LIFE = timedelta(seconds=1800)
REFRESH_GRACE = timedelta(minutes=30)
REFRESH_LIFE = timedelta(days=60)

_WRITE_SCOPES = (
    "accounting.invoices",
    "accounting.payments",
    "accounting.contacts",
    "accounting.settings",
    "accounting.manualjournals",
    "accounting.banktransactions",
)
GRANULAR_SCOPES = frozenset(
    {*_WRITE_SCOPES, *(f"{scope}.read" for scope in _WRITE_SCOPES), "accounting.reports.aged.read"}
)
"""Each with its `.read` variant: to hold the one is not to be configured for the other, and what is asked for must be
configured word by word."""
BROAD_SCOPES = {
    "accounting.transactions": ("accounting.invoices", "accounting.payments", "accounting.banktransactions"),
    "accounting.transactions.read": (
        "accounting.invoices.read",
        "accounting.payments.read",
        "accounting.banktransactions.read",
    ),
}
"""What the scopes from before March 2026 cover. An app only has them when they are configured for it."""


@dataclass(frozen=True)
class App:
    """A registered app. `tenants` None: every organisation (a real custom connection has exactly one)."""

    client_id: str
    client_secret: str
    name: str = "Sandbox app"
    scopes: frozenset[str] = GRANULAR_SCOPES
    tenants: tuple[str, ...] | None = None


DEFAULT_APP = App("sandbox-xero-client", "sandbox-xero-secret")


@dataclass(frozen=True)
class Grant:
    """What a valid access token stands for."""

    app: App
    scopes: frozenset[str]
    event_id: str

    def allows(self, names: tuple[str, ...], writing: bool) -> bool:
        """Tell whether one of the scopes is held; reading is also allowed by the `.read` variant."""
        held = set(self.scopes)
        for broad, covered in BROAD_SCOPES.items():
            if broad in self.scopes:
                held.update(covered)
        return any(name in held or (not writing and f"{name}.read" in held) for name in names)


class IdentityError(Exception):
    """A refused token request; answered as 400 with this error code."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.body = {"error": error} | ({"error_description": description} if description else {})


class TokenDesk:
    """Issues and checks tokens. Access tokens are signed and hold their own facts, so they survive a restart."""

    def __init__(self, store: Store, clock: SandboxClock) -> None:
        self._store = store
        self._clock = clock
        self.apps: dict[str, App] = {DEFAULT_APP.client_id: DEFAULT_APP}
        key = store.meta("token_key")
        if key is None:
            key = secrets.token_hex(32)
            store.set_meta("token_key", key)
        self._key = str(key).encode()

    def register(self, app: App) -> None:
        """Add an app, or replace the one with its client id."""
        self.apps[app.client_id] = app

    def token(self, form: Mapping[str, str], authorization: str | None) -> dict[str, Any]:
        """Answer a request to the token endpoint.

        Raises:
            IdentityError: invalid_client, invalid_grant, invalid_scope, invalid_request or unsupported_grant_type
        """
        app = self._client(form, authorization)
        grant_type = form.get("grant_type", "")
        if grant_type == "client_credentials":
            scopes = self._wanted_scopes(app, form.get("scope", ""))
            return self._issue(app, scopes, str(uuid.uuid4()), with_refresh=False)
        if grant_type == "refresh_token":
            return self._refresh(app, form.get("refresh_token", ""))
        if not grant_type:
            raise IdentityError("invalid_request")
        raise IdentityError("unsupported_grant_type")

    def revoke(self, form: Mapping[str, str], authorization: str | None) -> None:
        """Forget a refresh token; an unknown one is no error (RFC 7009)."""
        self._client(form, authorization)
        self._store.set_meta(f"refresh:{form.get('token', '')}", None)

    def start_session(self, client_id: str, scopes: str) -> dict[str, Any]:
        """Return the tokens that a user's consent would have brought; stands in for the browser steps."""
        app = self.apps[client_id]
        return self._issue(app, frozenset(scopes.split()), str(uuid.uuid4()), with_refresh=True)

    def check(self, authorization: str | None) -> Grant:
        """Return what a bearer token stands for.

        Raises:
            ApiError: 401
        """
        scheme, _, token = (authorization or "").partition(" ")
        claims = self._claims(token) if scheme.lower() == "bearer" else None
        app = self.apps.get(claims["client_id"]) if claims else None
        if claims is None or app is None:
            raise gateway_problem(401, "Unauthorized", "AuthenticationUnsuccessful")
        if self._clock.now().timestamp() >= claims["exp"]:
            raise expired(datetime.fromtimestamp(claims["exp"], UTC))
        return Grant(app, frozenset(claims["scope"]), str(claims["authentication_event_id"]))

    def _client(self, form: Mapping[str, str], authorization: str | None) -> App:
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, encoded = (authorization or "").partition(" ")
        if scheme.lower() == "basic":
            try:
                client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
            except ValueError:
                raise IdentityError("invalid_client") from None
        app = self.apps.get(client_id)
        if app is None or not hmac.compare_digest(app.client_secret.encode(), secret.encode()):
            raise IdentityError("invalid_client")
        return app

    def _wanted_scopes(self, app: App, text: str) -> frozenset[str]:
        wanted = frozenset(text.split())
        if not wanted <= app.scopes:
            raise IdentityError("invalid_scope", "Client credentials scope validation failed")
        return wanted or app.scopes

    def _issue(self, app: App, scopes: frozenset[str], event_id: str, *, with_refresh: bool) -> dict[str, Any]:
        now = self._clock.now()
        claims = {
            "iss": "https://identity.xero.com",
            "client_id": app.client_id,
            "scope": sorted(scopes),
            "authentication_event_id": event_id,
            "jti": uuid.uuid4().hex,
            "nbf": int(now.timestamp()),
            "exp": int((now + TOKEN_LIFE).timestamp()),
        }
        answer: dict[str, Any] = {
            "access_token": self._signed(claims),
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "token_type": "Bearer",
            "scope": " ".join(sorted(scopes)),
        }
        if with_refresh:
            answer["refresh_token"] = secrets.token_urlsafe(32)
            record = {"client_id": app.client_id, "scope": sorted(scopes), "event_id": event_id, "at": now.isoformat()}
            self._store.set_meta(f"refresh:{answer['refresh_token']}", record)
        return answer

    def _refresh(self, app: App, token: str) -> dict[str, Any]:
        with self._store.lock:
            record = self._store.meta(f"refresh:{token}")
            if record is None or record["client_id"] != app.client_id:
                raise IdentityError("invalid_grant")
            now = self._clock.now()
            used_at = record.get("used_at")
            too_late = used_at is not None and now - datetime.fromisoformat(used_at) > REFRESH_GRACE
            if too_late or now - datetime.fromisoformat(record["at"]) > REFRESH_LIFE:
                raise IdentityError("invalid_grant")
            self._store.set_meta(f"refresh:{token}", {**record, "used_at": used_at or now.isoformat()})
            return self._issue(app, frozenset(record["scope"]), record["event_id"], with_refresh=True)

    def _signed(self, claims: dict[str, Any]) -> str:
        head = _b64(encode({"alg": "HS256", "typ": "JWT"})) + b"." + _b64(encode(claims))
        return (head + b"." + self._signature(head)).decode()

    def _signature(self, head: bytes) -> bytes:
        return _b64(hmac.new(self._key, head, hashlib.sha256).digest())

    def _claims(self, token: str) -> dict[str, Any] | None:
        head, _, signature = token.rpartition(".")
        if not head or not hmac.compare_digest(self._signature(head.encode()), signature.encode()):
            return None
        payload = head.partition(".")[2]
        claims: dict[str, Any] = decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return claims


def expired(at: datetime) -> Exception:
    """Return the 401 of an expired token."""
    return gateway_problem(401, "Unauthorized", f"TokenExpired: token expired at {at:%m/%d/%Y %H:%M:%S}")


def _b64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
