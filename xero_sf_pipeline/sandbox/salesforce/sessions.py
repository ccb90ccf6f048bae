"""Access tokens and their life.

A token lives for the org's session timeout and each use in its second half extends it, as in a real org. Tokens are
kept in memory: after a restart of the sandbox every old one is refused, and a client has to log in again.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from xero_sf_pipeline.clock import Clock

SESSION_TIMEOUT = timedelta(hours=2)


class Sessions:
    """The live access tokens of one org."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.timeout = SESSION_TIMEOUT
        self._expires: dict[str, datetime] = {}

    def issue(self, organization_id: str) -> str:
        """Return a new token."""
        token = f"{organization_id[:15]}!AQ4AQ{secrets.token_urlsafe(60)}"
        self._expires[token] = self._clock.now() + self.timeout
        return token

    def use(self, token: str) -> bool:
        """Tell whether a token is alive, and extend it when half of its time is over."""
        now = self._clock.now()
        expires = self._expires.get(token)
        if expires is None or expires <= now:
            self._expires.pop(token, None)
            return False
        if expires - now < self.timeout / 2:
            self._expires[token] = now + self.timeout
        return True

    def revoke(self, token: str) -> None:
        """Kill one token."""
        self._expires.pop(token, None)

    def expire_all(self) -> None:
        """Kill every token."""
        self._expires.clear()
