"""The Xero client against the sandbox over real HTTP: walks, faults, limits."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from xero_sf_pipeline.clients.governor import Governor
from xero_sf_pipeline.clients.limits import Limits
from xero_sf_pipeline.clients.retry import Retry
from xero_sf_pipeline.clients.xero import XERO_ENTITIES, XeroClient, XeroSession
from xero_sf_pipeline.errors import (
    AuthenticationFailed,
    MalformedResponse,
    MissingPermission,
    RateLimited,
    TransientApiError,
)
from xero_sf_pipeline.sandbox.faults import Fault
from xero_sf_pipeline.sandbox.running import RunningSandbox
from xero_sf_pipeline.sandbox.xero.tokens import App
from xero_sf_pipeline_tests.clients.sandbox_org import sandbox_settings, small_sandbox

INVOICES = XERO_ENTITIES["invoices"]


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningSandbox]:
    with small_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(shared: RunningSandbox) -> Iterator[RunningSandbox]:
    yield shared
    shared.faults.clear()
    shared.log.clear()


@pytest.fixture
def session(sandbox: RunningSandbox, tmp_path: Path, governor: Governor, retry: Retry) -> Iterator[XeroSession]:
    with XeroSession(sandbox_settings(sandbox, tmp_path), sandbox.clock, governor, retry=retry) as opened:
        yield opened


@pytest.fixture
def client(session: XeroSession) -> XeroClient:
    (tenant,) = session.organisations()
    return session.client(tenant.tenant_id)


def ids(client: XeroClient, page: int, size: int = 100) -> list[str]:
    content = msgspec.json.decode(client.page(INVOICES, page=page, page_size=size).body)
    return [row["InvoiceID"] for row in content["Invoices"]]


def api_calls(sandbox: RunningSandbox) -> int:
    return sum(entry.path.startswith("/api.xro") for entry in sandbox.log.as_list())


def test_every_entity_can_be_read_and_its_envelope_and_key_are_as_stated(client: XeroClient) -> None:
    for entity in XERO_ENTITIES.values():
        content = msgspec.json.decode(client.page(entity, page=1 if entity.is_paged else None).body)
        assert entity.envelope in content
        assert all(entity.id_field in row for row in content[entity.envelope])
        assert ("pagination" in content) >= entity.is_paged


def test_a_walk_by_key_loses_no_row_when_rows_change_in_the_middle(client: XeroClient, sandbox: RunningSandbox) -> None:
    first = ids(client, 1)
    change = {"action": "touch", "kind": "Invoices", "id": first[0]}
    sandbox.faults.arm(Fault("xero", "mutate", "GET", "/Invoices", argument=change))
    seen = [*first, *ids(client, 2), *ids(client, 3), *ids(client, 4)]
    everything = ids(client, 1, size=1000)
    assert sorted(seen) == sorted(everything)
    assert len(seen) == len(set(seen)) == 300


def test_unit_prices_keep_four_decimals_and_lines_are_there(client: XeroClient) -> None:
    body = client.page(INVOICES, page=1).body
    rows = msgspec.json.Decoder(float_hook=Decimal).decode(body)["Invoices"]
    prices = [Decimal(line["UnitAmount"]) for row in rows for line in row["LineItems"]]
    assert any(price != price.quantize(Decimal("0.01")) for price in prices)


def test_modified_since_brings_only_what_changed(client: XeroClient, sandbox: RunningSandbox) -> None:
    since = sandbox.clock.now() + timedelta(seconds=5)
    sandbox.clock.advance(timedelta(seconds=10))
    changed = ids(client, 1)[3]
    sandbox.sandbox.mutate("xero", {"action": "touch", "kind": "Invoices", "id": changed})
    page = client.page(INVOICES, page=1, modified_since=since)
    assert [row["InvoiceID"] for row in msgspec.json.decode(page.body)["Invoices"]] == [changed]
    later = client.page(INVOICES, page=1, modified_since=sandbox.clock.now() + timedelta(hours=1))
    assert msgspec.json.decode(later.body)["Invoices"] == []


@pytest.mark.parametrize("effect", ["drop_before", "drop_after", "drop_midway", "server_error", "expired_token"])
def test_a_page_survives_one_fault(client: XeroClient, sandbox: RunningSandbox, effect: str) -> None:
    expected = ids(client, 1)
    sandbox.log.clear()
    sandbox.faults.arm(Fault("xero", effect, "GET", "/Invoices"))
    assert ids(client, 1) == expected
    assert api_calls(sandbox) == 2


def test_a_page_that_is_not_json_is_malformed(client: XeroClient, sandbox: RunningSandbox) -> None:
    sandbox.faults.arm(Fault("xero", "not_json", argument={"body": "<html>maintenance</html>"}))
    with pytest.raises(MalformedResponse):
        client.page(INVOICES, page=1)


@pytest.mark.parametrize("text", [0, 2])
def test_an_offline_system_is_not_asked_again(client: XeroClient, sandbox: RunningSandbox, text: int) -> None:
    sandbox.faults.arm(Fault("xero", "unavailable", times=None, argument={"text": text}))
    with pytest.raises(TransientApiError) as failed:
        client.page(INVOICES, page=1)
    assert failed.value.code == "offline"
    assert api_calls(sandbox) == 1


def test_a_temporary_unavailability_is(client: XeroClient, sandbox: RunningSandbox) -> None:
    sandbox.faults.arm(Fault("xero", "unavailable", times=2, argument={"text": 1}))
    assert client.page(INVOICES, page=1).status == 200


def test_tokens_end_after_half_an_hour_and_nobody_notices(client: XeroClient, sandbox: RunningSandbox) -> None:
    for _ in range(3):
        client.page(INVOICES, page=1)
        sandbox.clock.advance(timedelta(minutes=31))
    paths = [entry.path for entry in sandbox.log.as_list()]
    assert paths.count("/connect/token") == 3
    assert {entry.status for entry in sandbox.log.as_list()} == {200}


def test_a_token_that_ended_by_the_servers_clock_only_is_replaced(
    sandbox: RunningSandbox, tmp_path: Path, governor: Governor, retry: Retry, clock: object
) -> None:
    with XeroSession(sandbox_settings(sandbox, tmp_path), clock, governor, retry=retry) as session:  # type: ignore[arg-type]
        client = session.client(session.organisations()[0].tenant_id)
        client.page(INVOICES, page=1)
        sandbox.clock.advance(timedelta(hours=3))
        assert client.page(INVOICES, page=1).status == 200
    assert [entry.status for entry in sandbox.log.as_list() if entry.path.startswith("/api.xro")] == [200, 401, 200]


def test_a_missing_scope_is_told_apart_and_asks_for_no_new_token(
    sandbox: RunningSandbox, tmp_path: Path, governor: Governor, retry: Retry
) -> None:
    narrow = App("narrow", "narrow-secret", scopes=frozenset({"accounting.contacts"}))
    sandbox.sandbox.xero.tokens.register(narrow)
    settings = sandbox_settings(
        sandbox,
        tmp_path,
        xero_client_id="narrow",
        xero_client_secret="narrow-secret",
        xero_scopes="accounting.contacts",
    )
    with XeroSession(settings, sandbox.clock, governor, retry=retry) as session:
        client = session.client(session.organisations()[0].tenant_id)
        client.page(XERO_ENTITIES["contacts"], page=1)
        with pytest.raises(MissingPermission, match="scope"):
            client.page(INVOICES, page=1)
    assert [entry.path for entry in sandbox.log.as_list()].count("/connect/token") == 1


def test_a_scope_that_the_app_does_not_have_is_refused_at_login(
    sandbox: RunningSandbox, tmp_path: Path, governor: Governor, retry: Retry
) -> None:
    settings = sandbox_settings(sandbox, tmp_path, xero_scopes="accounting.transactions")
    with (
        XeroSession(settings, sandbox.clock, governor, retry=retry) as session,
        pytest.raises(MissingPermission, match="invalid_scope"),
    ):
        session.connections()


def test_wrong_credentials_fail_once(sandbox: RunningSandbox, tmp_path: Path, governor: Governor, retry: Retry) -> None:
    settings = sandbox_settings(sandbox, tmp_path, xero_client_secret="wrong")
    with (
        XeroSession(settings, sandbox.clock, governor, retry=retry) as session,
        pytest.raises(AuthenticationFailed, match="XERO_CLIENT_SECRET"),
    ):
        session.connections()
    assert len(sandbox.log.as_list()) == 1


def test_a_disconnected_tenant_is_a_missing_permission(client: XeroClient, session: XeroSession) -> None:
    with pytest.raises(MissingPermission, match="connect it again"):
        session.client("00000000-0000-0000-0000-00000000dead").page(INVOICES, page=1)


def test_a_day_limit_ends_the_walk_and_is_not_asked_about_again(
    client: XeroClient, sandbox: RunningSandbox, sleeps: list[float]
) -> None:
    limit = {"problem": "day", "retry_after": 66975}
    sandbox.faults.arm(Fault("xero", "rate_limit", after=1, times=None, argument=limit))
    ids(client, 1)
    sandbox.log.clear()
    for _ in range(2):
        with pytest.raises(RateLimited) as refused:
            ids(client, 2)
        assert refused.value.limit == "day"
    assert (api_calls(sandbox), sleeps) == (1, [])


@pytest.mark.parametrize("problem", ["minute", "concurrent", "appminute"])
def test_a_short_limit_is_waited_for(client: XeroClient, sandbox: RunningSandbox, problem: str) -> None:
    sandbox.faults.arm(Fault("xero", "rate_limit", argument={"problem": problem, "retry_after": 1}))
    assert len(ids(client, 1)) == 100


def test_the_governor_keeps_ten_threads_below_the_five_calls_that_xero_allows_at_once(
    sandbox: RunningSandbox, tmp_path: Path, retry: Retry
) -> None:
    governor = Governor(tmp_path / "g.sqlite", sandbox.clock, {"xero": Limits(concurrent=5)})
    with XeroSession(sandbox_settings(sandbox, tmp_path), sandbox.clock, governor, retry=retry) as session:
        client = session.client(session.organisations()[0].tenant_id, urgent=True)
        sandbox.faults.arm(Fault("xero", "slow", times=20, argument={"seconds": 0.02}))
        with ThreadPoolExecutor(10) as threads:
            statuses = list(threads.map(lambda _: client.page(INVOICES, page=1, page_size=1).status, range(20)))
    governor.close()
    assert statuses == [200] * 20
    assert [entry.status for entry in sandbox.log.as_list() if entry.path.startswith("/api.xro")] == [200] * 20


def test_calls_and_bytes_tie_with_the_servers_own_log(
    client: XeroClient, sandbox: RunningSandbox, governor: Governor
) -> None:
    sandbox.log.clear()
    before = governor.meter.used("xero", client.tenant_id)
    client.page(INVOICES, page=1)
    cost = governor.meter.used("xero", client.tenant_id) - before
    (entry,) = sandbox.log.as_list()
    assert (cost.calls, cost.bytes_in) == (1, entry.bytes_out)
    (use,) = [use for use in governor.snapshot() if use.tenant == client.tenant_id]
    assert use.day_remaining is not None
