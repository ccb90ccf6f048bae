"""Plain http to this machine for simple-salesforce, which writes https into every URL.

When the login URL is http on a loopback host, calls to that host and port go out as plain http; any other host keeps
https. Does not belong here: anything about what answers on the loopback port.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter


def is_loopback(host: str | None) -> bool:
    """Tell whether a host name means this machine."""
    if host is None:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class LoopbackAdapter(HTTPAdapter):
    """Sends https://host:port requests as http://host:port, without any proxy."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send one request in the clear."""
        parts = urlsplit(request.url or "")
        if not is_loopback(parts.hostname):
            raise ValueError("plain http is for loopback hosts only")
        request.url = parts._replace(scheme="http").geturl()
        return super().send(request, stream=stream, timeout=timeout, verify=verify, cert=cert, proxies={})
