"""The server around both APIs: loopback only, remote control, generic faults, state that survives a restart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from xero_sf_pipeline.sandbox.clock import SandboxClock
from xero_sf_pipeline.sandbox.company import CompanySpec
from xero_sf_pipeline.sandbox.running import RunningSandbox, running_sandbox, sandbox_process
from xero_sf_pipeline.sandbox.sandbox import Sandbox
from xero_sf_pipeline.sandbox.server import serve
from xero_sf_pipeline_tests.sandbox.xero.books_of_a_small_shop import NOW, SmallShop

FIRST = "1a000000-0000-4000-8000-000000000001"


@pytest.fixture
def running() -> Iterator[RunningSandbox]:
    sandbox = Sandbox(xero_seeds=[SmallShop()], clock=SandboxClock(NOW, frozen=True))
    with running_sandbox(sandbox=sandbox) as served:
        yield served
    sandbox.close()


@pytest.fixture
def http(running: RunningSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url) as client:
        yield client


@pytest.mark.parametrize("host", ["0.0.0.0", "localhost", "::1", "127.0.0.2", ""])
def test_any_address_but_loopback_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1 only"):
        serve(Sandbox(), host=host, port=0)


def test_the_clock_can_be_set_and_advanced_from_outside(http: httpx.Client, running: RunningSandbox) -> None:
    shown = http.post("/__sandbox__/clock", json={"now": "2026-12-01T00:00:00+13:00"}).json()
    assert shown == {"now": "2026-11-30T11:00:00+00:00", "frozen": True}
    http.post("/__sandbox__/clock", json={"advance_seconds": 86400})
    assert running.clock.now() == datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert http.get("/__sandbox__/clock").json()["now"] == "2026-12-01T11:00:00+00:00"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/__sandbox__/clock", {"tomorrow": True}),
        ("/__sandbox__/clock", {"now": "2026-12-01T00:00:00"}),
        ("/__sandbox__/clock", {}),
        ("/__sandbox__/faults", {"system": "xero"}),
        ("/__sandbox__/faults", {"system": "sap", "effect": "slow"}),
        ("/__sandbox__/xero/mutate", {"action": "explode"}),
        ("/__sandbox__/xero/limits", {"hour": 5}),
    ],
)
def test_a_wrong_order_to_the_remote_control_is_a_400_with_the_reason(
    http: httpx.Client, path: str, body: dict[str, Any]
) -> None:
    reply = http.post(path, json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]


def test_faults_are_armed_listed_and_disarmed_from_outside(http: httpx.Client) -> None:
    answer = {"status": 502, "body": "bad gateway", "headers": {"X-Story": "yes"}}
    http.post("/__sandbox__/faults", json={"system": "xero", "effect": "status", "argument": answer})
    assert [fault["effect"] for fault in http.get("/__sandbox__/faults").json()] == ["status"]
    reply = http.get("/connections")
    assert (reply.status_code, reply.text, reply.headers["x-story"]) == (502, "bad gateway", "yes")
    http.post("/__sandbox__/faults", json={"system": "xero", "effect": "drop_before", "times": None})
    with pytest.raises(httpx.RemoteProtocolError):
        http.get("/connections")
    http.delete("/__sandbox__/faults")
    assert http.get("/connections").status_code == 401


def test_requests_are_logged_with_calls_and_bytes_but_not_the_remote_control(http: httpx.Client) -> None:
    http.post("/connect/token", data={"grant_type": "nonsense"})
    http.get("/connections", params={"authEventId": "x"})
    logged = http.get("/__sandbox__/requests").json()
    assert (logged["calls"], logged["bytes_in"]) == (2, len("grant_type=nonsense"))
    assert [(e["method"], e["path"], e["query"], e["status"]) for e in logged["entries"]] == [
        ("POST", "/connect/token", "", 400),
        ("GET", "/connections", "authEventId=x", 401),
    ]
    assert logged["bytes_out"] == sum(entry["bytes_out"] for entry in logged["entries"]) > 0
    http.delete("/__sandbox__/requests")
    assert http.get("/__sandbox__/requests").json()["calls"] == 0


def test_documents_can_be_changed_from_outside(http: httpx.Client, running: RunningSandbox) -> None:
    body = {"action": "pay", "invoice_id": FIRST, "amount": 15}
    payment = http.post("/__sandbox__/xero/mutate", json=body).json()
    assert (payment["Amount"], payment["PaymentType"]) == (15.0, "ACCRECPAYMENT")
    assert http.post("/__sandbox__/xero/limits", json={"minute": 5}).json()["minute"] == 5


def test_a_slow_answer_still_arrives(http: httpx.Client, running: RunningSandbox) -> None:
    http.post("/__sandbox__/faults", json={"system": "xero", "effect": "slow", "argument": {"seconds": 0.3}})
    with pytest.raises(httpx.ReadTimeout):
        http.get("/connections", timeout=0.05)
    assert http.get("/connections").status_code == 401


def test_state_and_clock_survive_a_restart(tmp_path: Path) -> None:
    first = Sandbox(xero_seeds=[SmallShop()], directory=tmp_path / "state", clock=SandboxClock(NOW, frozen=True))
    first.mutate("xero", {"action": "pay", "invoice_id": FIRST})
    first.clock.advance(timedelta(days=3))
    first.close()
    second = Sandbox(directory=tmp_path / "state")
    assert second.clock.now() == NOW + timedelta(days=3)
    [invoice] = second.xero.store.select(SmallShop().tenant_id, "Invoices", "d.id = ?", [FIRST])
    assert invoice["Status"] == "PAID"
    second.close()


def test_a_generated_company_is_continued_but_never_mistaken_for_another(tmp_path: Path) -> None:
    spec = CompanySpec(contacts=5, invoices=10, accounts=5)
    first = Sandbox(spec, directory=tmp_path)
    assert first.clock.now() >= spec.starts_at
    known = len(first.truth)
    first.close()
    second = Sandbox(spec, directory=tmp_path)
    assert len(second.truth) == known > 0
    assert len(second.xero.store.select(second.xero.store.tenants()[0], "Contacts")) == 5
    second.close()
    with pytest.raises(ValueError, match="another company"):
        Sandbox(CompanySpec(contacts=6, invoices=10, accounts=5), directory=tmp_path)


def test_a_killed_sandbox_never_wakes_before_its_last_write(tmp_path: Path) -> None:
    running = Sandbox(xero_seeds=[SmallShop()], directory=tmp_path, clock=SandboxClock(NOW))
    before = running.mutate("xero", {"action": "pay", "invoice_id": FIRST})
    copied = Sandbox(directory=tmp_path)  # opened while the first was never closed, as after a kill
    assert copied.clock.now() >= NOW
    [payment] = copied.xero.store.select(SmallShop().tenant_id, "Payments")
    assert payment["PaymentID"] == before["PaymentID"]
    copied.close()
    running.close()


def test_a_first_start_that_was_interrupted_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "xero.sqlite").write_bytes(b"half a database")
    sandbox = Sandbox(xero_seeds=[SmallShop()], directory=tmp_path, clock=SandboxClock(NOW))
    assert len(sandbox.xero.store.select(SmallShop().tenant_id, "Invoices")) == 5
    sandbox.close()


def test_a_sandbox_of_its_own_process_is_steered_by_remote_control() -> None:
    with sandbox_process() as url:
        assert httpx.get(f"{url}/__sandbox__/health").json() == {"status": "ok"}
        assert httpx.get(f"{url}/__sandbox__/truth").json() == []
