"""The Metadata API's description is read once for all tests: simple-salesforce reads its 600 KB anew for every
connection that deploys, which takes longer than the deployments themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import simple_salesforce.metadata


@pytest.fixture(scope="session", autouse=True)
def wsdl_once() -> Iterator[None]:
    """Let all connections of the session share what was read; the library writes and sends messages by itself."""
    read = simple_salesforce.metadata.Client
    known: dict[str, Any] = {}

    def client(address: str, settings: Any) -> Any:
        if address not in known:
            known[address] = read(address, settings=settings)
        return known[address]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(simple_salesforce.metadata, "Client", client)
        yield
