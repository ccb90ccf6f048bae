"""Reads from and writes to Xero through xero-python: one client per tenant, raw page bytes, nothing parsed twice.

The library builds the URL and the headers and raises its errors; the body is taken as it came, because its models fail
a whole page on one unknown enum or null. Belongs here: what goes into a request. Does not belong here: decoding pages,
cursors (extraction), shapes of writes (`xero_records`), the library's objects (`xero_transport`), and the gates around
a call (`caller`).
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from xero_sf_pipeline.clients.caller import Caller
from xero_sf_pipeline.clients.circuit import CircuitBreaker
from xero_sf_pipeline.clients.failures import Attempt, malformed
from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.tokens import IDENTITY, TokenCache, TokenSource, XeroClientCredentials, XeroToken
from xero_sf_pipeline.clients.xero_entities import XERO_ENTITIES, XeroEntity
from xero_sf_pipeline.clients.xero_objects import XERO_OBJECTS, XeroObject
from xero_sf_pipeline.clients.xero_records import XeroRecords, XeroRowResult, page_records, row_results, write_body
from xero_sf_pipeline.clients.xero_transport import RawPage, Transport
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.settings import Settings

__all__ = ["XERO_ENTITIES", "RawPage", "XeroClient", "XeroEntity", "XeroSession", "XeroTenant"]

LARGEST_PAGE = 1000
"""A larger pageSize is clamped silently by Xero, which would look like a short last page."""
LARGEST_ID_LIST = 40
"""More ids in one URL end in a 404 by its length."""
LONGEST_IDEMPOTENCY_KEY = 128
"""Xero refuses a longer one."""


@dataclass(frozen=True)
class XeroTenant:
    """One connected organisation (or practice). `tenant_id` is what requests name, not the connection's id."""

    tenant_id: str
    tenant_name: str
    tenant_type: str


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
        self._transports: dict[str, Transport] = {}

    def connections(self) -> list[XeroTenant]:
        """List what the app is connected to, by name."""
        attempt = Attempt("xero", "Listing the connected organisations", is_write=False)
        transport = self._transport(IDENTITY)
        page = self._caller.read(
            IDENTITY, lambda token, slot: transport.send("get_connections", {}, token, slot, attempt), urgent=True
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

    def _transport(self, tenant: str) -> Transport:
        with self._lock:
            if tenant not in self._transports:
                self._transports[tenant] = Transport(self._settings, self._clock)
            return self._transports[tenant]


class XeroClient:
    """Reads and writes one tenant."""

    def __init__(self, tenant_id: str, caller: Caller[XeroToken], transport: Transport, *, urgent: bool) -> None:
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
            lambda token, slot: self._transport.send(entity.method, arguments, token, slot, attempt),
            urgent=self._urgent,
        )

    # Writing, and the look-ups around it

    def create(
        self, object_name: str, elements: Sequence[Mapping[str, Any]], *, idempotency_key: str
    ) -> list[XeroRowResult]:
        """Create records by PUT, which never changes one that exists. One bad element does not stop the others.

        Args:
            elements: bodies by Xero's field names; money as Decimal, days as `date` or ISO text
            idempotency_key: at most 128 characters, with the tenant in it: keys belong to the app

        Raises:
            ValueError: a value that cannot be sent exactly, or a body above 3.5 MB; nothing was sent.
            OutcomeUnknown: the answer was lost; the same key with the same elements is safe for six minutes.
            ValidationFailed, RateLimited, MissingPermission, AuthenticationFailed, TransientApiError ...
        """
        known = XERO_OBJECTS[object_name]
        return self._write(known, known.create_method, "Creating", elements, idempotency_key)

    def update(
        self, object_name: str, elements: Sequence[Mapping[str, Any]], *, idempotency_key: str
    ) -> list[XeroRowResult]:
        """Change records by POST; every element names its record by id, because a POST without one would create.

        Raises as `create`.
        """
        known = XERO_OBJECTS[object_name]
        if not all(element.get(known.id_field) for element in elements):
            raise ValueError(f"every {object_name} to be changed needs its {known.id_field}")
        return self._write(known, known.update_method, "Changing", elements, idempotency_key)

    def changed(self, object_name: str, since: datetime | None, page: int = 1) -> XeroRecords:
        """Read one page of what was created or changed since an instant, archived contacts too; None reads all.

        Records come as summaries where Xero has them: enough to tell who they are, without lines and addresses.
        """
        known = XERO_OBJECTS[object_name]
        params: dict[str, Any] = {"summary_only": True} if known.has_summaries else {}
        number = page if known.entity.is_paged else None
        answer = self.page(known.entity, page=number, modified_since=since, **params)
        return page_records(known, answer.body, LARGEST_PAGE, self._reading(known.entity))

    def by_ids(self, object_name: str, ids: Sequence[str]) -> tuple[Mapping[str, Any], ...]:
        """Read up to 40 records by id, with all their fields. Items have no such call: all of them are read.

        So any number of items may be asked for.
        """
        known = XERO_OBJECTS[object_name]
        is_asked_by_id = known.has_id_list or known.entity.is_paged
        if is_asked_by_id and len(ids) > LARGEST_ID_LIST:
            raise ValueError(f"at most {LARGEST_ID_LIST} ids fit into one URL, got {len(ids)}")
        params: dict[str, Any] = {}
        if known.has_id_list:
            params["i_ds"] = list(ids)
        elif known.entity.is_paged:
            params["where"] = " OR ".join(f'{known.id_field}==Guid("{_guid(each)}")' for each in ids)
        answer = self.page(known.entity, page=1 if known.entity.is_paged else None, **params)
        return page_records(known, answer.body, LARGEST_PAGE, self._reading(known.entity)).records

    def _write(
        self,
        known: XeroObject,
        method: str,
        verb: str,
        elements: Sequence[Mapping[str, Any]],
        idempotency_key: str,
    ) -> list[XeroRowResult]:
        if not 0 < len(idempotency_key) <= LONGEST_IDEMPOTENCY_KEY:
            raise ValueError(f"an idempotency key has 1 to {LONGEST_IDEMPOTENCY_KEY} characters")
        arguments: dict[str, Any] = {
            "xero_tenant_id": self.tenant_id,
            known.body_argument: write_body(known, elements),
            "summarize_errors": False,
            "idempotency_key": idempotency_key,
        }
        if known.has_unit_decimals:
            arguments["unitdp"] = 4
        what = f"{verb} {len(elements)} {known.envelope} of tenant {self.tenant_id}"
        attempt = Attempt("xero", what, is_write=True)
        answer = self._caller.write(
            self.tenant_id,
            lambda token, slot: self._transport.send(method, arguments, token, slot, attempt),
            urgent=self._urgent,
        )
        return row_results(known, answer.body, len(elements), attempt)

    def _reading(self, entity: XeroEntity) -> Attempt:
        return Attempt("xero", f"Reading {entity.name} of tenant {self.tenant_id}", is_write=False)


def _guid(text: str) -> str:
    """Return an id in its usual spelling. Raises ValueError for anything that is none."""
    return str(uuid.UUID(text))


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
        arguments |= {"page": page, "order": order or entity.order}
        if entity.has_page_size:
            arguments["page_size"] = page_size
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
