"""How a contestant that is not ours logs in at the sandbox: the plain way. Queries and paging are everyone's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests

API_VERSION = "66.0"
PAGE_SIZE = 1000
POLL_SECONDS = 0.5
"""How long a bulk job is waited for before it is looked at: what ours does. Libraries start with 5 s."""

SALESFORCE_FIELDS = (
    "Id", "Name", "AccountNumber", "Type", "ParentId", "Phone", "Website", "BillingStreet", "BillingCity",
    "BillingState", "BillingPostalCode", "BillingCountry", "OwnerId", "MasterRecordId", "CreatedDate",
    "SystemModstamp", "IsDeleted",
)  # fmt: skip
SALESFORCE_SOQL = f"SELECT {', '.join(SALESFORCE_FIELDS)} FROM Account"


def xero_login(url: str) -> tuple[str, str]:
    """Return an access token and the id of the one connected organisation."""
    answer = requests.post(
        f"{url}/connect/token",
        auth=("sandbox-xero-client", "sandbox-xero-secret"),
        data={
            "grant_type": "client_credentials",
            "scope": "accounting.invoices accounting.payments accounting.contacts accounting.settings",
        },
        timeout=60,
    )
    answer.raise_for_status()
    token = answer.json()["access_token"]
    connections = requests.get(f"{url}/connections", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    connections.raise_for_status()
    return token, connections.json()[0]["tenantId"]


def invoice_pages(url: str) -> Iterator[requests.Response]:
    """Fetch every page of the invoices over one connection, compressed, by id, until the stated page count."""
    token, tenant = xero_login(url)
    headers = {"Authorization": f"Bearer {token}", "xero-tenant-id": tenant, "Accept": "application/json"}
    with requests.Session() as session:
        session.headers.update(headers)
        page = 1
        while True:
            answer = session.get(
                f"{url}/api.xro/2.0/Invoices",
                params={"page": page, "pageSize": PAGE_SIZE, "order": "InvoiceID ASC", "unitdp": 4},
                timeout=120,
            )
            answer.raise_for_status()
            yield answer
            if page >= _page_count(answer.content):
                return
            page += 1


def _page_count(body: bytes) -> int:
    start = body.index(b'"pageCount":') + len(b'"pageCount":')
    digits = body[start : start + 12].lstrip()
    return int(digits.split(b",")[0].split(b"}")[0])


def salesforce_client(url: str) -> Any:
    """Return a logged-in simple-salesforce client that talks plain http to loopback."""
    from simple_salesforce.api import Salesforce

    answer = requests.post(
        f"{url}/services/oauth2/token",
        data={
            "grant_type": "client_credentials",
            "client_id": "sandbox-sf-client",
            "client_secret": "sandbox-sf-secret",
        },
        timeout=60,
    )
    answer.raise_for_status()
    client = Salesforce(
        session_id=answer.json()["access_token"], instance=url.removeprefix("http://"), version=API_VERSION
    )
    client.base_url = f"{url}/services/data/v{API_VERSION}/"
    client.bulk2_url = f"{client.base_url}jobs/"
    return client
