"""Rate limits as they are enforced, and everything that can be made to go wrong on demand."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.client import IncompleteRead
from typing import Any

import pytest
from xero_python.exceptions import RateLimitException

from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.xero.faulty_rows import VARIETIES
from xero_sf_pipeline.sandbox.xero.routes import UNAVAILABLE
from xero_sf_pipeline_tests.sandbox.xero.books_of_a_small_shop import ACME, TENANT
from xero_sf_pipeline_tests.sandbox.xero.conftest import Caller, Clients, Reply

REMAINING = ("x-daylimit-remaining", "x-minlimit-remaining", "x-appminlimit-remaining")


def remaining(reply: Reply) -> tuple[int, ...]:
    return tuple(int(reply.headers[name]) for name in REMAINING)


def test_every_answer_tells_what_is_left(caller: Caller, running: RunningSandbox) -> None:
    running.sandbox.xero.set_limits({"day": 5000, "minute": 60})
    running.clock.freeze()
    replies = [
        caller.call("GET", "/Organisation"),
        caller.call("GET", f"/Invoices/{ACME}"),
        caller.call("PUT", "/Contacts", {}),
        caller.call("GET", "/Organisation", headers={"Authorization": "Bearer x"}),
    ]
    assert [(reply.status, remaining(reply)) for reply in replies] == [
        (200, (4999, 59, 9999)),
        (404, (4998, 58, 9998)),
        (400, (4997, 57, 9997)),
        (401, (5000, 60, 10000)),
    ]


@pytest.mark.parametrize(
    ("limit", "problem", "window"), [("minute", "minute", 60), ("day", "day", 86_400), ("app_minute", "appminute", 60)]
)
def test_a_spent_limit_refuses_until_its_window_ends(
    caller: Caller, running: RunningSandbox, limit: str, problem: str, window: int
) -> None:
    running.clock.freeze()
    running.sandbox.xero.set_limits({limit: 3})
    replies = [caller.call("GET", "/Organisation") for _ in range(4)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429]
    refused = replies[-1]
    retry_after = int(refused.headers["retry-after"])
    assert refused.headers["x-rate-limit-problem"] == problem
    assert 1 <= retry_after <= window
    assert min(remaining(refused)) == 0
    running.clock.advance(timedelta(seconds=retry_after))
    caller.sign_in()
    assert caller.call("GET", "/Organisation").status == 200


def test_a_sixth_call_at_the_same_time_is_refused_without_a_wait_time(caller: Caller, running: RunningSandbox) -> None:
    caller.sign_in()
    running.faults.arm(Fault("xero", "slow", times=6, argument={"seconds": 1.0}))
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: caller.call("GET", "/Organisation"), range(6)))
    assert sorted(reply.status for reply in replies) == [200, 200, 200, 200, 200, 429]
    [refused] = [reply for reply in replies if reply.status == 429]
    assert refused.headers["x-rate-limit-problem"] == "concurrent"
    assert "retry-after" not in refused.headers
    assert caller.call("GET", "/Organisation").status == 200


@pytest.mark.parametrize(
    ("problem", "retry_after"), [("minute", "7"), ("day", "7"), ("appminute", "7"), ("concurrent", None)]
)
def test_each_kind_of_429_can_be_played_on_demand(
    caller: Caller, running: RunningSandbox, problem: str, retry_after: str | None
) -> None:
    running.faults.arm(Fault("xero", "rate_limit", argument={"problem": problem, "retry_after": 7}))
    refused, accepted = (caller.call("GET", "/Organisation") for _ in range(2))
    assert (refused.status, refused.headers["x-rate-limit-problem"], refused.headers.get("retry-after")) == (
        429,
        problem,
        retry_after,
    )
    assert accepted.status == 200


def test_the_client_sees_a_rate_limit_as_such(xero: Clients, running: RunningSandbox) -> None:
    running.faults.arm(Fault("xero", "rate_limit", argument={"problem": "day", "retry_after": 66975}))
    with pytest.raises(RateLimitException) as refused:
        xero.accounting.get_organisations(TENANT)
    assert refused.value.headers["Retry-After"] == "66975"


def test_unavailability_is_plain_text(caller: Caller, running: RunningSandbox) -> None:
    for index, text in enumerate(UNAVAILABLE):
        running.faults.arm(Fault("xero", "unavailable", argument={"text": index}))
        reply = caller.call("GET", "/Organisation")
        assert (reply.status, reply.body.decode()) == (503, text)
        assert remaining(reply)


def test_a_page_that_is_no_json(caller: Caller, running: RunningSandbox) -> None:
    running.faults.arm(Fault("xero", "not_json", path="/Invoices"))
    reply = caller.call("GET", "/Invoices")
    assert (reply.status, reply.body) == (200, b"<html><body>Please wait</body></html>")


@pytest.mark.parametrize("variety", sorted(VARIETIES))
def test_a_row_can_be_spoiled_inside_a_good_page(caller: Caller, running: RunningSandbox, variety: str) -> None:
    good = caller.get("/Invoices", page="1")["Invoices"]
    running.faults.arm(Fault("xero", "malformed_rows", argument={"variety": variety, "rows": [1, 3]}))
    spoiled = caller.get("/Invoices", page="1")["Invoices"]
    assert [position for position in range(5) if spoiled[position] != good[position]] == [1, 3]
    assert caller.get("/Invoices", page="1")["Invoices"] == good


def test_an_unknown_enum_fails_a_whole_page_of_the_client(xero: Clients, running: RunningSandbox) -> None:
    """Why the pipeline decodes pages itself."""
    running.faults.arm(Fault("xero", "malformed_rows", argument={"variety": "unknown_enum"}))
    with pytest.raises(ValueError, match="QUANTUM"):
        xero.accounting.get_invoices(TENANT, page=1)


@pytest.mark.parametrize("effect", ["drop_before", "drop_after", "drop_midway"])
def test_a_connection_can_be_cut_before_after_and_amid_the_answer(
    caller: Caller, running: RunningSandbox, effect: str
) -> None:
    caller.sign_in()
    running.faults.arm(Fault("xero", effect, method="PUT"))
    with pytest.raises((ConnectionError, IncompleteRead, OSError)):
        caller.call("PUT", "/Contacts", {"Name": "Gamma"})
    found = caller.get("/Contacts", where='Name=="Gamma"')["Contacts"]
    assert len(found) == (0 if effect == "drop_before" else 1)


@pytest.mark.parametrize(("commit", "contacts"), [(True, 1), (False, 0)])
def test_a_server_error_may_or_may_not_have_saved(
    caller: Caller, running: RunningSandbox, commit: bool, contacts: int
) -> None:
    argument: dict[str, Any] = {"status": 500, "commit": commit}
    running.faults.arm(Fault("xero", "server_error", argument=argument, method="PUT"))
    assert caller.call("PUT", "/Contacts", {"Name": "Gamma"}).status == 500
    assert len(caller.get("/Contacts", where='Name=="Gamma"')["Contacts"]) == contacts


def test_a_large_answer_is_compressed_on_request(caller: Caller, running: RunningSandbox) -> None:
    caller.sign_in()
    running.log.clear()
    plain = caller.call("GET", "/Invoices", query={"page": "1"})
    packed = caller.call("GET", "/Invoices", query={"page": "1"}, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert len(gzip.decompress(packed.body)) == len(plain.body)
    assert [entry.bytes_out for entry in running.log.as_list()] == [len(plain.body), len(packed.body)]
