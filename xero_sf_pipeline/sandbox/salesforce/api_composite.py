"""Composite and composite graph: several calls in one, later ones using results of earlier ones.

Belongs here: references (`@{a1.id}`), halting, rollback. The inner calls run through the ordinary dispatcher.
"""

from __future__ import annotations

import re
from typing import Any

from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused
from xero_sf_pipeline.sandbox.salesforce.http import ApiRequest, ApiResponse, Dispatcher

MAX_SUBREQUESTS = 25
MAX_QUERIES = 5
MAX_GRAPHS = 75
MAX_NODES = 500
_REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])*)\}")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_COUNTED = re.compile(r"/(query|queryAll|composite/sobjects)(/|\?|$)", re.IGNORECASE)
_GRAPHED = re.compile(r"/services/data/v\d+\.\d/sobjects/\w+(/[^/]+){0,2}/?(\?.*)?\Z")


def register(routes: Dispatcher) -> None:
    """Add these resources to the dispatcher."""

    def composite(request: ApiRequest) -> ApiResponse:
        body = request.json_object()
        inner = body.get("compositeRequest") or []
        if not 1 <= len(inner) <= MAX_SUBREQUESTS:
            raise RequestRefused(400, "LIMIT_EXCEEDED", f"The limit of {MAX_SUBREQUESTS} subrequests has been exceeded")
        if sum(bool(_COUNTED.search(str(one.get("url")))) for one in inner) > MAX_QUERIES:
            raise RequestRefused(
                400, "LIMIT_EXCEEDED", f"No more than {MAX_QUERIES} query or collections subrequests are allowed"
            )
        answers, _ = _run(routes, request, inner, all_or_none=bool(body.get("allOrNone", False)))
        return ApiResponse(200, {"compositeResponse": answers})

    def graph(request: ApiRequest) -> ApiResponse:
        graphs = request.json_object().get("graphs") or []
        nodes = sum(len(one.get("compositeRequest") or []) for one in graphs)
        if not 1 <= len(graphs) <= MAX_GRAPHS or nodes > MAX_NODES:
            raise RequestRefused(
                400, "LIMIT_EXCEEDED", f"At most {MAX_GRAPHS} graphs and {MAX_NODES} nodes are allowed"
            )
        answers = []
        for one in graphs:
            inner = one.get("compositeRequest") or []
            if not all(_GRAPHED.match(str(node.get("url"))) for node in inner):
                raise RequestRefused(400, "INVALID_INPUT", "A graph may contain sobjects resources only")
            responses, successful = _run(routes, request, inner, all_or_none=True)
            response = {"compositeResponse": responses}
            answers.append({"graphId": one.get("graphId"), "graphResponse": response, "isSuccessful": successful})
        return ApiResponse(200, {"graphs": answers})

    routes.add(r"/composite", post=composite)
    routes.add(r"/composite/graph", post=graph)


class _UndoneError(Exception):
    pass


def _run(
    routes: Dispatcher, request: ApiRequest, inner: list[dict[str, Any]], *, all_or_none: bool
) -> tuple[list[dict[str, Any]], bool]:
    names = [str(one.get("referenceId", "")) for one in inner]
    if len(set(names)) != len(names) or not all(re.fullmatch(r"\w+", name) for name in names):
        raise RequestRefused(400, "INVALID_INPUT", "referenceId must be unique and consist of letters, digits and _")
    answers: list[dict[str, Any]] = []
    known: dict[str, Any] = {}
    storage = request.sandbox.salesforce.storage
    try:
        with storage.transaction():
            for one in inner:
                answer = _answer(routes, request, one, known)
                answers.append(answer)
                if answer["httpStatusCode"] < 300:
                    known[answer["referenceId"]] = answer["body"]
                elif all_or_none:
                    raise _UndoneError
    except _UndoneError:
        culprit = len(answers) - 1
        halted = "The transaction was rolled back since another operation in the same transaction failed."
        undone = [answers[culprit] if i == culprit else _halted(names[i], halted) for i in range(len(inner))]
        return undone, False
    return answers, all(answer["httpStatusCode"] < 300 for answer in answers)


def _answer(routes: Dispatcher, request: ApiRequest, one: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    name = str(one["referenceId"])
    try:
        url, body = _resolved(one.get("url", ""), known), _resolved(one.get("body"), known)
        inner = request.inner(str(one.get("method", "GET")).upper(), url, body, one.get("httpHeaders") or {})
        response = routes.dispatch(inner)
    except KeyError as missing:
        return _halted(name, f"Invalid reference specified. No value for {missing.args[0]} found")
    except RequestRefused as refused:
        return {"body": refused.body(), "httpHeaders": {}, "httpStatusCode": refused.status, "referenceId": name}
    return {
        "body": response.body,
        "httpHeaders": response.headers,
        "httpStatusCode": response.status,
        "referenceId": name,
    }


def _halted(name: str, message: str) -> dict[str, Any]:
    body = [{"errorCode": "PROCESSING_HALTED", "message": message}]
    return {"body": body, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": name}


def _resolved(value: Any, known: dict[str, Any]) -> Any:
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole is not None:
            return _referenced(whole, known)
        return _REFERENCE.sub(lambda match: str(_referenced(match, known)), value)
    if isinstance(value, dict):
        return {name: _resolved(inner, known) for name, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, known) for inner in value]
    return value


def _referenced(match: re.Match[str], known: dict[str, Any]) -> Any:
    if match[1] not in known:
        raise KeyError(match[0][2:-1])
    found = known[match[1]]
    for step in _STEP.finditer(match[2]):
        try:
            found = found[step[1]] if step[1] else found[int(step[2])]
        except (KeyError, IndexError, TypeError):
            raise KeyError(match[0][2:-1]) from None
    return found
