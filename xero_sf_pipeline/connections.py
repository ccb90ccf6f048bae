"""The connections to both systems, opened at their first use and shared by all stages of one run.

A login is a call of its own in both systems, so a run logs in once, however many steps it has. Belongs here: opening
once, also under threads, and closing. Does not belong here: what is asked (`clients`) and in which order (`pipeline`).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.settings import Settings

if TYPE_CHECKING:
    from xero_sf_pipeline.clients.governor import Governor
    from xero_sf_pipeline.clients.salesforce import SalesforceClient
    from xero_sf_pipeline.clients.xero import XeroSession


class Connections:
    """Access to Xero and to Salesforce, and the counter of calls that both share. Safe to use from several threads.

    A use after `close` opens anew. The settings, which hold secrets, are no part of its representation.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.RLock()
        self._governor: Governor | None = None
        self._xero: XeroSession | None = None
        self._salesforce: SalesforceClient | None = None

    @property
    def governor(self) -> Governor:
        from xero_sf_pipeline.clients.governor import Governor

        with self._lock:
            if self._governor is None:
                self._settings.xero_sf_data_dir.mkdir(parents=True, exist_ok=True)
                self._governor = Governor.from_settings(self._settings, self._clock)
            return self._governor

    @property
    def xero(self) -> XeroSession:
        from xero_sf_pipeline.clients.xero import XeroSession

        with self._lock:
            if self._xero is None:
                self._xero = XeroSession(self._settings, self._clock, self.governor)
            return self._xero

    @property
    def salesforce(self) -> SalesforceClient:
        from xero_sf_pipeline.clients.salesforce import SalesforceClient

        with self._lock:
            if self._salesforce is None:
                self._salesforce = SalesforceClient(self._settings, self._clock, self.governor)
            return self._salesforce

    def close(self) -> None:
        """Close what was opened."""
        with self._lock:
            opened = (self._xero, self._salesforce, self._governor)
            self._xero = self._salesforce = self._governor = None
        for part in opened:
            if part is not None:
                part.close()
