"""One org through simple-salesforce: sessions with timeouts, one HTTP request per operation, every request counted.

The library gets a fresh token and no credentials, so that none of its own re-logins can run: they lose headers and, in
its record methods, repeat for ever on a session that is refused for good. `caller` logs in again once instead, and
builds the library's object anew.

Traps of simple-salesforce 1.12.10 handled here: no timeouts; https only; a session is not thread-safe (one per thread);
per-call headers get lost (they are on the session); netrc entries would replace the token; indented answers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import requests

from xero_sf_pipeline.clients.caller import Caller
from xero_sf_pipeline.clients.failures import Attempt, malformed
from xero_sf_pipeline.clients.limits import Slot
from xero_sf_pipeline.clients.loopback import LoopbackAdapter, is_loopback
from xero_sf_pipeline.clients.salesforce_failures import from_salesforce
from xero_sf_pipeline.clients.tokens import SalesforceToken
from xero_sf_pipeline.clients.wire_json import decode
from xero_sf_pipeline.errors import MalformedResponse, PipelineError
from xero_sf_pipeline.settings import Settings

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce

T = TypeVar("T")


class CountingSession(requests.Session):
    """A session that never waits for ever and remembers what its last request cost."""

    def __init__(self, timeout: tuple[int, int]) -> None:
        super().__init__()
        self._timeout = timeout
        self.auth = _keep_headers
        self.bytes_out = 0
        self.answer: requests.Response | None = None

    def begin(self) -> None:
        """Start to count a new operation."""
        self.bytes_out, self.answer = 0, None

    @property
    def bytes_in(self) -> int:
        """Bytes of the last answer's body as they came over the wire (compressed)."""
        tell = getattr(getattr(self.answer, "raw", None), "tell", None)
        return int(tell()) if tell is not None else 0

    @property
    def answer_headers(self) -> Mapping[str, str]:
        return {} if self.answer is None else self.answer.headers

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one request; without a timeout of its own it gets the session's."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        self.bytes_out += len(request.body or b"")
        self.answer = None
        self.answer = super().send(request, **kwargs)
        return self.answer


def _keep_headers(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Stand in for requests' own authentication, which would take a .netrc entry over the token."""
    return request


@dataclass(frozen=True)
class _Built:
    token: SalesforceToken
    session: CountingSession
    salesforce: Salesforce


class SalesforceConnection:
    """Runs operations against one org. Safe to use from several threads."""

    def __init__(
        self, settings: Settings, caller: Caller[SalesforceToken], headers: Mapping[str, str], *, urgent: bool
    ) -> None:
        self.org = urlsplit(settings.salesforce_login_url).netloc
        self.urgent = urgent
        self._settings = settings
        self._caller = caller
        self._headers = dict(headers)
        self._local = threading.local()
        self._sessions: list[CountingSession] = []
        self._lock = threading.Lock()

    def run(
        self,
        what: str,
        operation: Callable[[Salesforce], T],
        *,
        is_write: bool = False,
        is_metadata: bool = False,
    ) -> T:
        """Run one operation that sends one request.

        Args:
            what: for messages, names objects and ids only
            is_metadata: use the library object kept for metadata calls, which spoil its headers for REST

        Raises:
            OutcomeUnknown: a write whose answer was lost. Otherwise the types of `errors.py`.
        """
        attempt = Attempt("salesforce", what, is_write)

        def send(token: SalesforceToken, slot: Slot) -> T:
            session, salesforce = self._of_thread(token, "metadata" if is_metadata else "rest")
            session.begin()
            try:
                return operation(salesforce)
            except PipelineError:
                raise
            except Exception as error:
                raise from_salesforce(error, session.answer_headers, attempt) from None
            finally:
                slot.heard(session.answer_headers)
                slot.bytes_in, slot.bytes_out = session.bytes_in, session.bytes_out

        call = self._caller.write if is_write else self._caller.read
        return call(self.org, send, urgent=self.urgent)

    def answer(
        self,
        what: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
        is_write: bool = False,
    ) -> bytes:
        """Send one REST request and return the body as it came. `path` is below the version, or starts with a slash."""

        def operation(salesforce: Salesforce) -> bytes:
            url = f"https://{salesforce.sf_instance}{path}" if path.startswith("/") else salesforce.base_url + path
            response = salesforce._call_salesforce(
                method, url, name=path, params=params, data=body, headers={"Content-Type": content_type}
            )
            return bytes(response.content)

        return self.run(what, operation, is_write=is_write)

    def json(self, what: str, method: str, path: str, *, is_write: bool = False, **kwargs: Any) -> Any:
        """Send one REST request and return its JSON, fractions as Decimal. An unreadable answer to a write is
        OutcomeUnknown."""
        body = self.answer(what, method, path, is_write=is_write, **kwargs)
        try:
            return decode(body, system="salesforce", what=what)
        except MalformedResponse:
            raise malformed(Attempt("salesforce", what, is_write), "the answer is not JSON") from None

    def token(self) -> SalesforceToken:
        """Return the current session, logging in if there is none."""
        return self._caller.token()

    def close(self) -> None:
        """Close the sessions of all threads."""
        with self._lock:
            for session in self._sessions:
                session.close()
            self._sessions.clear()
        self._local = threading.local()

    def _of_thread(self, token: SalesforceToken, use: str) -> tuple[CountingSession, Salesforce]:
        """Return this thread's session for a use, with the library's object rebuilt when the token is new."""
        built: dict[str, _Built] = self._local.__dict__.setdefault("built", {})
        if use not in built or built[use].token is not token:
            built[use] = _Built(token, *self._build(token))
            with self._lock:
                self._sessions.append(built[use].session)
        return built[use].session, built[use].salesforce

    def _build(self, token: SalesforceToken) -> tuple[CountingSession, Salesforce]:
        from simple_salesforce.api import Salesforce

        settings = self._settings
        session = CountingSession((settings.http_connect_timeout_seconds, settings.http_read_timeout_seconds))
        session.headers.update(self._headers)
        instance = urlsplit(token.instance_url)
        login = urlsplit(settings.salesforce_login_url)
        if login.scheme == "http" and is_loopback(login.hostname) and is_loopback(instance.hostname):
            session.mount(f"https://{instance.netloc}/", LoopbackAdapter())
        salesforce = Salesforce(
            session_id=token.access_token,
            instance=instance.netloc,
            version=settings.salesforce_api_version,
            session=session,
        )
        salesforce.headers.pop("X-PrettyPrint", None)  # indented answers are larger for nobody
        return session, salesforce
