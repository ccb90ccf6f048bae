"""The token endpoint: client credentials, by Basic header or in the body.

Belongs here: the request's and the answer's shapes (OAuth 2.0 as Salesforce speaks it; there is no `expires_in`). Does
not belong here: the life of a token (`sessions`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING

from xero_sf_pipeline.sandbox.salesforce.http import ApiResponse

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState

CLIENT_ID = "sandbox-sf-client"
CLIENT_SECRET = "sandbox-sf-secret"  # noqa: S105 - a public constant of the local stand-in


def token(state: SalesforceState, form: Mapping[str, str], authorization: str | None, base_url: str) -> ApiResponse:
    """Answer a token request. `base_url` is the address that the request itself was sent to."""
    grant = form.get("grant_type")
    if grant != "client_credentials":
        return _refused("unsupported_grant_type", "grant type not supported")
    client, secret = form.get("client_id", ""), form.get("client_secret", "")
    if authorization is not None and authorization.lower().startswith("basic "):
        try:
            client, _, secret = base64.b64decode(authorization[6:], validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return _refused("invalid_client", "invalid client credentials")
    if client != CLIENT_ID:
        return _refused("invalid_client_id", "client identifier invalid")
    if secret != CLIENT_SECRET:
        return _refused("invalid_client", "invalid client credentials")
    organization, user = state.organization_id, state.user_id
    row = state.storage.one('select "IsActive" from "User" where "Id" = ?', (user,))
    if row is None or not row[0]:
        return _refused("inactive_user", "user is inactive")
    body = {
        "access_token": state.sessions.issue(organization),
        "signature": base64.b64encode(f"{organization}{user}".encode()).decode(),
        "scope": "api",
        "instance_url": base_url,
        "id": f"https://login.salesforce.com/id/{organization}/{user}",
        "token_type": "Bearer",
        "issued_at": str(int(state.clock.now().timestamp() * 1000)),
        "api_instance_url": "https://api.salesforce.com",
    }
    return ApiResponse(200, body)


def _refused(error: str, description: str) -> ApiResponse:
    return ApiResponse(400, {"error": error, "error_description": description})
