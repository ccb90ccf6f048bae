"""The Salesforce part of the sandbox's remote control, under `/__sandbox__/salesforce/`.

Belongs here: JSON in and out for tests and demos in other processes. Does not belong here: what the settings do.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from xero_sf_pipeline.sandbox.salesforce.currencies import currencies_json
from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused, RowRefused
from xero_sf_pipeline.sandbox.salesforce.org_rules import DuplicateRule, ValidationRule
from xero_sf_pipeline.sandbox.salesforce.soap import MetadataApi

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.sandbox import Sandbox

_Action = Callable[[dict[str, Any]], Any]


def salesforce_control_routes(sandbox: Sandbox, metadata: MetadataApi | None = None) -> list[Route]:
    """Return the control routes.

    - GET/DELETE rules; POST validation-rules `{object, when, message, field?, name?}` (when: a SOQL condition),
      POST duplicate-rules `{object, fields, action?, name?, message?}`, POST case-assignment `{owner: id or null}`,
      POST activity-sharing `{access: "private" | "parent"}`
    - POST field-permissions `{object, field, access: "hidden" | "read" | "edit"}`
    - POST profile `{grants: "standard" | "nothing"}`: what the integration user may do without a permission set
    - POST currencies `{corporate, rates: {code: units for one corporate}}`: several currencies, for good; POST places:
      state and country picklists
    - POST limits `{daily_requests?, used_requests?, query_jobs?, session_minutes?}`
    - POST bulk `{polls?, seconds?, empty_result_has_header?}`: how long jobs look unfinished, and the form of nothing
    - POST deployments `{polls}`: how often a deployment looks unfinished
    - POST pages `{rest?, bulk?}`: at most so many rows on a page; null: as many as the caller wants
    - POST package `{path, assign?}`: deploy a folder or zip of this machine
    - GET rows?object=Case : all records with Python values as text
    """
    control = _Control(sandbox, metadata)
    table: list[tuple[str, str, _Action]] = [
        ("GET", "/rules", lambda _: control.rules()),
        ("DELETE", "/rules", lambda _: sandbox.salesforce.rules.clear()),
        ("POST", "/validation-rules", lambda body: control.state.add_validation_rule(ValidationRule(**body))),
        ("POST", "/duplicate-rules", control.add_duplicate_rule),
        ("POST", "/case-assignment", control.assign_cases),
        ("POST", "/activity-sharing", control.activity_sharing),
        ("POST", "/field-permissions", control.field_permissions),
        ("POST", "/profile", control.profile),
        ("POST", "/currencies", control.currencies),
        ("POST", "/places", lambda _: control.state.enable_places()),
        ("POST", "/limits", control.limits),
        ("POST", "/bulk", control.bulk),
        ("POST", "/pages", control.pages),
        ("POST", "/deployments", control.deployments),
        ("POST", "/package", control.package),
        ("GET", "/rows", lambda body: control.state.rows(body["object"], include_deleted=True)),
    ]
    return [
        Route(
            f"/__sandbox__/salesforce{path}",
            _endpoint(action),
            methods=[method],
            name=f"control {method} /salesforce{path}",
        )
        for method, path, action in table
    ]


def _endpoint(action: _Action) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            body = json.loads(await request.body() or b"{}") | dict(request.query_params)
            result = await run_in_threadpool(action, body)
        except (KeyError, TypeError, ValueError, OSError, RequestRefused, RowRefused) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)
        return Response(json.dumps(result, default=str), media_type="application/json")

    return endpoint


class _Control:
    def __init__(self, sandbox: Sandbox, metadata: MetadataApi | None) -> None:
        self._sandbox = sandbox
        self._metadata = metadata

    @property
    def state(self) -> Any:
        return self._sandbox.salesforce

    def rules(self) -> dict[str, Any]:
        rules = self._sandbox.salesforce.rules
        return {
            "validation": [asdict(rule) for rule in rules.validation],
            "duplicates": [asdict(rule) for rule in rules.duplicates],
            "case_assignment_owner": rules.case_assignment_owner,
            "private_activities": rules.private_activities,
        }

    def add_duplicate_rule(self, body: dict[str, Any]) -> None:
        rule = DuplicateRule(**{**body, "fields": tuple(body["fields"])})
        self._sandbox.salesforce.add_duplicate_rule(rule)

    def assign_cases(self, body: dict[str, Any]) -> None:
        self._sandbox.salesforce.rules.case_assignment_owner = body["owner"]

    def activity_sharing(self, body: dict[str, Any]) -> None:
        access = body["access"]
        if access not in ("private", "parent"):
            raise ValueError(f"access is private or parent, got {access!r}")
        self._sandbox.salesforce.rules.private_activities = access == "private"

    def field_permissions(self, body: dict[str, Any]) -> None:
        permissions, access = self._sandbox.salesforce.permissions, body["access"]
        if access not in ("hidden", "read", "edit"):
            raise ValueError(f"access is hidden, read or edit, got {access!r}")
        permissions.show(body["object"], body["field"])
        if access != "edit":
            permissions.hide(body["object"], body["field"], only_writing=access == "read")

    def profile(self, body: dict[str, Any]) -> None:
        grants = body["grants"]
        if grants not in ("standard", "nothing"):
            raise ValueError(f"a profile grants standard or nothing, got {grants!r}")
        self._sandbox.salesforce.grant_nothing_by_profile(nothing=grants == "nothing")

    def currencies(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        state = self._sandbox.salesforce
        state.enable_currencies(body["corporate"], {code: str(rate) for code, rate in body["rates"].items()})
        return currencies_json(state)

    def limits(self, body: dict[str, Any]) -> dict[str, Any]:
        state = self._sandbox.salesforce
        if "daily_requests" in body:
            state.limits.requests.maximum = int(body["daily_requests"])
        if "used_requests" in body:
            state.limits.requests.other_use = int(body["used_requests"])
        if "query_jobs" in body:
            state.limits.query_jobs.maximum = int(body["query_jobs"])
        if "session_minutes" in body:
            state.sessions.timeout = timedelta(minutes=float(body["session_minutes"]))
        return state.limits.as_json()

    def bulk(self, body: dict[str, Any]) -> dict[str, Any]:
        jobs = self._sandbox.salesforce.jobs
        jobs.polls = int(body.get("polls", jobs.polls))
        jobs.seconds = float(body.get("seconds", jobs.seconds))
        jobs.empty_result_has_header = bool(body.get("empty_result_has_header", jobs.empty_result_has_header))
        return {
            "polls": jobs.polls,
            "seconds": jobs.seconds,
            "empty_result_has_header": jobs.empty_result_has_header,
        }

    def pages(self, body: dict[str, Any]) -> dict[str, Any]:
        state = self._sandbox.salesforce
        state.queries.page_rows = body.get("rest", state.queries.page_rows)
        state.jobs.page_rows = body.get("bulk", state.jobs.page_rows)
        return {"rest": state.queries.page_rows, "bulk": state.jobs.page_rows}

    def deployments(self, body: dict[str, Any]) -> dict[str, Any]:
        if self._metadata is None:
            raise ValueError("no Metadata API is being served")
        self._metadata.polls = int(body["polls"])
        return {"polls": self._metadata.polls}

    def package(self, body: dict[str, Any]) -> dict[str, Any]:
        result = self._sandbox.salesforce.install_package(Path(body["path"]), assign=bool(body.get("assign", True)))
        return {"deployed": [one.name for one in result.deployed]}
