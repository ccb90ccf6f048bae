"""A sandbox with one small organisation, over real HTTP, and settings that point at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from xero_sf_pipeline.sandbox.running import RunningSandbox, running_sandbox
from xero_sf_pipeline.sandbox.sandbox import Sandbox
from xero_sf_pipeline.settings import Settings

TENANT = "8c1a2f10-0000-4000-8000-000000000001"

SettingsWith = Callable[..., Settings]


@dataclass(frozen=True)
class OneOrganisation:
    """A Xero seed with nothing but the organisation itself."""

    tenant_id: str = TENANT
    connection: dict[str, Any] = field(
        default_factory=lambda: {
            "id": "1c1a2f10-0000-4000-8000-000000000002",
            "authEventId": "2c1a2f10-0000-4000-8000-000000000003",
            "tenantId": TENANT,
            "tenantType": "ORGANISATION",
            "tenantName": "Kauri Supplies",
            "createdDateUtc": "2026-01-05T21:00:00.0000000",
            "updatedDateUtc": "2026-01-05T21:00:00.0000000",
        }
    )
    organisation: dict[str, Any] = field(
        default_factory=lambda: {
            "OrganisationID": TENANT,
            "Name": "Kauri Supplies",
            "BaseCurrency": "NZD",
            "CountryCode": "NZ",
            "Timezone": "NEWZEALANDSTANDARDTIME",
            "ShortCode": "!kauri",
            "IsDemoCompany": True,
        }
    )
    accounts: tuple[Any, ...] = ()
    tax_rates: tuple[Any, ...] = ()
    currencies: tuple[Any, ...] = ()
    tracking_categories: tuple[Any, ...] = ()
    items: tuple[Any, ...] = ()
    contacts: tuple[Any, ...] = ()
    invoices: tuple[Any, ...] = ()
    credit_notes: tuple[Any, ...] = ()
    payments: tuple[Any, ...] = ()
    overpayments: tuple[Any, ...] = ()
    prepayments: tuple[Any, ...] = ()
    quotes: tuple[Any, ...] = ()


@pytest.fixture
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(sandbox=Sandbox(xero_seeds=[OneOrganisation()])) as one:
        yield one
        one.sandbox.close()


@pytest.fixture
def settings_with(running: RunningSandbox, tmp_path: Path) -> SettingsWith:
    """Make settings for the sandbox, with some of them changed."""

    def make(**changes: object) -> Settings:
        values: dict[str, object] = {
            "xero_api_url": running.url,
            "xero_identity_url": running.url,
            "xero_client_id": "sandbox-xero-client",
            "xero_client_secret": "sandbox-xero-secret",
            "salesforce_login_url": running.url,
            "salesforce_client_id": "sandbox-sf-client",
            "salesforce_client_secret": "sandbox-sf-secret",
            "xero_sf_data_dir": tmp_path / "data",
            "http_connect_timeout_seconds": 2,
            "http_read_timeout_seconds": 10,
        }
        return Settings(_env_file=None, **(values | changes))  # type: ignore[arg-type]

    return make
