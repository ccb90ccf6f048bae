"""Plain http is for this machine and for nothing else."""

from __future__ import annotations

import pytest
import requests

from xero_sf_pipeline.clients.loopback import LoopbackAdapter, is_loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("localhost", True),
        ("::1", True),
        ("acme.my.salesforce.com", False),
        ("10.0.0.1", False),
        ("127.0.0.1.example.com", False),
        ("", False),
        (None, False),
    ],
)
def test_loopback_hosts_are_told_from_others(host: str | None, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_the_adapter_refuses_to_send_anything_in_the_clear_to_another_host() -> None:
    request = requests.Request("GET", "https://acme.my.salesforce.com/services/data/").prepare()
    with pytest.raises(ValueError, match="loopback"):
        LoopbackAdapter().send(request)
