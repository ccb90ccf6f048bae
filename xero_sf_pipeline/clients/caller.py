"""One call through all gates, in order: circuit, governor, token; with one new login when the token has ended.

Both systems use it. Belongs here: the order of the gates. Does not belong here: what is sent (`xero`, `salesforce`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from xero_sf_pipeline.clients.circuit import CircuitBreaker
from xero_sf_pipeline.clients.failures import SessionExpired
from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.limits import Slot
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.tokens import Token, TokenCache
from xero_sf_pipeline.errors import AuthenticationFailed, RateLimited

log = logging.getLogger(__name__)
T = TypeVar("T")
TokenT = TypeVar("TokenT", bound=Token)


class Caller(Generic[TokenT]):
    """Runs operations of one system. An operation sends exactly one request with the token it is given, tells the slot
    what it cost, and raises only types of `errors.py`."""

    def __init__(
        self,
        system: str,
        tokens: TokenCache[TokenT],
        governor: Governor,
        circuit: CircuitBreaker,
        retry: Retry,
    ) -> None:
        self.system = system
        self._tokens = tokens
        self._governor = governor
        self._circuit = circuit
        self._retry = retry

    def read(self, tenant: str, operation: Callable[[TokenT, Slot], T], *, urgent: bool) -> T:
        """Run an operation that changes nothing, repeating it within bounds.

        Raises:
            AuthenticationFailed: a new token was refused too.
        """
        return self._retry.run(lambda: self._once(tenant, operation, urgent, self._tokens))

    def write(self, tenant: str, operation: Callable[[TokenT, Slot], T], *, urgent: bool) -> T:
        """Run an operation once. A refused token means that nothing was done, so it is sent again with a new one, once.

        Raises:
            AuthenticationFailed: the new token was refused too.
            OutcomeUnknown: the answer was lost.
        """
        return self._once(tenant, operation, urgent, _PatientTokens(self._tokens, self._retry))

    def token(self) -> TokenT:
        """Return the current token, asking for one when there is none."""
        return _PatientTokens(self._tokens, self._retry).current()

    def _once(
        self,
        tenant: str,
        operation: Callable[[TokenT, Slot], T],
        urgent: bool,
        tokens: TokenCache[TokenT] | _PatientTokens[TokenT],
    ) -> T:
        with self._circuit.guard(self.system, tenant):
            token = tokens.current()
            try:
                return self._send(tenant, operation, token, urgent)
            except SessionExpired:
                log.info("%s: the token has ended, logging in again", self.system)
            token = tokens.renew(token)
            try:
                return self._send(tenant, operation, token, urgent)
            except SessionExpired as again:
                raise AuthenticationFailed(
                    again.args[0], system=again.system, status=again.status, code=again.code, remedy=again.remedy
                ) from None

    def _send(self, tenant: str, operation: Callable[[TokenT, Slot], T], token: TokenT, urgent: bool) -> T:
        with self._governor.slot(self.system, tenant, urgent=urgent) as slot:
            try:
                return operation(token, slot)
            except RateLimited as error:
                slot.limited(error.limit, error.retry_after_seconds)
                raise


class _PatientTokens(Generic[TokenT]):
    """Repeats a failed request for a token within bounds: asking changes nothing, even on behalf of a write."""

    def __init__(self, tokens: TokenCache[TokenT], retry: Retry) -> None:
        self._tokens = tokens
        self._retry = retry

    def current(self) -> TokenT:
        return self._retry.run(self._tokens.current)

    def renew(self, stale: TokenT) -> TokenT:
        return self._retry.run(lambda: self._tokens.renew(stale))
