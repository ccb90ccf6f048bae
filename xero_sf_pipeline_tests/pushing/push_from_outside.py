"""A push of the plan in a folder's warehouse, as a process that a test may kill: `python -m ... URL FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.salesforce import SalesforceClient
from xero_sf_pipeline.clients.xero import XeroSession
from xero_sf_pipeline.clock import FixedClock
from xero_sf_pipeline.pushing.push import push
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.clients.sandbox_org import CREDENTIALS
from xero_sf_pipeline_tests.pushing.xero_office import NOW, WRITE_SCOPES


def main(url: str, folder: Path) -> None:
    urls = {"xero_api_url": url, "xero_identity_url": url, "salesforce_login_url": url}
    settings = Settings(_env_file=None, **{**urls, **CREDENTIALS}, xero_scopes=WRITE_SCOPES, xero_sf_data_dir=folder)
    clock = FixedClock(NOW)
    governor = Governor(folder / "outside.sqlite", clock, limits={})
    with XeroSession(settings, clock, governor) as xero, SalesforceClient(settings, clock, governor) as salesforce:
        push(
            Warehouse(folder / "warehouse.duckdb"),
            salesforce,
            clock,
            run_id="outside",
            actor="tester",
            xero=lambda tenant_id: xero.client(tenant_id, urgent=True),
        )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
