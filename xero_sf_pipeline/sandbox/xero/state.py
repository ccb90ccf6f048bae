"""Everything the Xero side of a sandbox knows: documents, tokens, limits, idempotency keys, and switches.

The switches of `Behaviour` cover what Xero's documentation leaves open; the defaults are the stricter reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from xero_sf_pipeline.sandbox.clock import SandboxClock
from xero_sf_pipeline.sandbox.xero import mutations
from xero_sf_pipeline.sandbox.xero.dates import organisation_today
from xero_sf_pipeline.sandbox.xero.idempotency import IdempotencyKeys
from xero_sf_pipeline.sandbox.xero.kinds import KINDS
from xero_sf_pipeline.sandbox.xero.limits import Limits, LimitWindows
from xero_sf_pipeline.sandbox.xero.seed import XeroSeed
from xero_sf_pipeline.sandbox.xero.store import Store
from xero_sf_pipeline.sandbox.xero.tokens import App, TokenDesk

_SEED_FIELDS = {
    "accounts": "Accounts",
    "tax_rates": "TaxRates",
    "currencies": "Currencies",
    "tracking_categories": "TrackingCategories",
    "items": "Items",
    "contacts": "Contacts",
    "invoices": "Invoices",
    "credit_notes": "CreditNotes",
    "payments": "Payments",
    "overpayments": "Overpayments",
    "prepayments": "Prepayments",
    "quotes": "Quotes",
}


@dataclass(frozen=True)
class Behaviour:
    """Switches for what is not established about the real API."""

    modified_since_is_inclusive: bool = True
    """Whether If-Modified-Since means >= (True) or > (False), in whole seconds."""
    siblings_saved_on_error: bool = True
    """Whether good elements of a 400 batch (`summarizeErrors=true`) were saved nevertheless."""
    failed_elements_carry_zero_id: bool = True
    """Whether a failed element shows a zero GUID or no id."""
    post_matches_number: bool = True
    """Whether a POST without id updates the sales document of its number, or fails as a duplicate."""
    acts_as_adviser: bool = False
    """Whether the period lock date does not bind the app's user."""
    app_minute_has_retry_after: bool = True
    high_volume_rows: int = 100_000
    """Above this many invoices, filters that no index backs are refused."""
    history_details_length: int = 250
    body_bytes: int = 3_500_000


class XeroState:
    """The Xero side. Thread-safe: every request runs under the store's lock while it reads or writes."""

    def __init__(self, path: str, clock: SandboxClock, *, limits: Limits | None = None) -> None:
        self.clock = clock
        self.store = Store(path)
        self.tokens = TokenDesk(self.store, clock)
        self.limits = LimitWindows(limits or Limits())
        self.keys = IdempotencyKeys()
        self.behaviour = Behaviour()

    def load(self, seed: XeroSeed) -> None:
        """Add an organisation with all its documents."""
        tenant = seed.tenant_id
        organisations = seed.organisation
        with self.store.transaction():
            as_list = [organisations] if isinstance(organisations, Mapping) else list(organisations)
            self.store.load(tenant, KINDS["Organisation"], as_list)
            for field, kind in _SEED_FIELDS.items():
                documents = getattr(seed, field)
                self.store.load(tenant, KINDS[kind], _without_balances(documents) if kind == "Contacts" else documents)
            self.store.set_meta("connections", [*self.connections(), dict(seed.connection)])

    def connections(self) -> list[dict[str, Any]]:
        """Return the connection objects, in the order of loading."""
        return list(self.store.meta("connections") or [])

    def visible_connections(self, app: App) -> list[dict[str, Any]]:
        """Return the connections that an app may use."""
        return [c for c in self.connections() if app.tenants is None or c["tenantId"] in app.tenants]

    def disconnect(self, tenant: str) -> None:
        """Remove an organisation's connection; its data stays."""
        self.store.set_meta("connections", [c for c in self.connections() if c["tenantId"] != tenant])

    def organisation(self, tenant: str) -> dict[str, Any]:
        """Return an organisation."""
        return self.store.select(tenant, "Organisation")[0]

    def today(self, tenant: str) -> date:
        """Return the calendar day in the organisation's time zone."""
        return organisation_today(self.clock.now(), self.organisation(tenant).get("Timezone"))

    def set_limits(self, body: dict[str, Any]) -> dict[str, int]:
        """Change rate limits by name: concurrent, minute, day, app_minute."""
        return dict(vars(self.limits.configure(body)))

    def mutate(self, body: dict[str, Any]) -> Any:
        """Change data behind the API's back; see `mutations`."""
        return mutations.mutate(self, body)

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def _without_balances(contacts: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Yield contacts with the id first and without Balances, which are worked out from documents at reading."""
    for contact in contacts:
        rest = {name: value for name, value in contact.items() if name not in ("ContactID", "Balances")}
        yield {"ContactID": contact["ContactID"], **rest}
