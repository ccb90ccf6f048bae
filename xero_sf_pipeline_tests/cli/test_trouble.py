"""What a person can get wrong, and what can be wrong with a machine: one message, what to do, no traceback."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from xero_sf_pipeline.sandbox.running import running_sandbox
from xero_sf_pipeline.warehouse import Warehouse
from xero_sf_pipeline_tests.cli.conftest import Desk, Ended, Terminal


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk whose systems do not answer."""
    made = Desk(tmp_path / "desk")
    made.data.mkdir(parents=True)
    (made.data / "policy.yaml").write_text("version: 1\n", encoding="utf-8")
    made.write_env("http://127.0.0.1:9")
    return made


def assert_told(ended: Ended, code: int, *facts: str) -> None:
    assert ended.code == code, ended
    assert "Traceback" not in ended.err + ended.out
    for fact in facts:
        assert fact in ended.err, ended.err


def test_all_missing_settings_are_told_at_once(terminal: Terminal) -> None:
    assert_told(
        terminal.run("status"),
        3,
        "  - XERO_CLIENT_ID: is not set\n",
        "  - XERO_CLIENT_SECRET: is not set\n",
        "  - SALESFORCE_LOGIN_URL: is not set\n",
        "  - SALESFORCE_CLIENT_ID: is not set\n",
        "  - SALESFORCE_CLIENT_SECRET: is not set\n",
        "  -> Set them in the environment or in .env",
    )


def test_all_wrong_settings_are_told_at_once_and_no_secret_is_shown(desk: Desk, terminal: Terminal) -> None:
    desk.write_env("ftp://example.com", XERO_SF_SNAPSHOTS_KEPT="none", XERO_CLIENT_SECRET="hush")

    shown = terminal.run("sync", desk=desk)

    assert_told(shown, 3, "- XERO_API_URL: ", "- SALESFORCE_LOGIN_URL: ", "- XERO_SF_SNAPSHOTS_KEPT: ")
    assert "hush" not in shown.err


def test_preflight_gives_each_wrong_setting_a_line_with_a_remedy(terminal: Terminal) -> None:
    shown = terminal.run("preflight")

    assert shown.code == 1
    for name in ("XERO_CLIENT_ID", "SALESFORCE_CLIENT_SECRET"):
        assert f"error       settings: {name}: is not set\n            -> " in shown.out
    assert "not checked warehouse: " in shown.out


@pytest.mark.parametrize("command", [("sync",), ("sync", "--sweep"), ("plan",)], ids=" ".join)
def test_an_invalid_policy_is_told_with_the_path_of_every_problem_before_anything_is_read(
    command: tuple[str, ...], desk: Desk, terminal: Terminal
) -> None:
    (desk.data / "policy.yaml").write_text("overdue: {grace_days: soon}\ncases: {statu: New}\n", encoding="utf-8")

    shown = terminal.run(*command, desk=desk)

    assert_told(shown, 3, "overdue.grace_days", "cases.statu", "xero-sf preflight")
    assert sorted(path.name for path in desk.data.iterdir()) == ["policy.yaml"]


def test_refused_credentials_name_the_settings_to_look_at(desk: Desk, terminal: Terminal) -> None:
    with running_sandbox() as running:
        desk.write_env(running.url, XERO_CLIENT_SECRET="hush", SALESFORCE_CLIENT_SECRET="hush")
        synced = terminal.run("sync", desk=desk)
        deployed = terminal.run("salesforce", "deploy", desk=desk)

    assert_told(synced, 1, "xero", "XERO_CLIENT_ID and XERO_CLIENT_SECRET")
    assert_told(deployed, 1, "salesforce", "SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET")
    assert "hush" not in synced.err + deployed.err


def test_a_warehouse_that_another_process_holds_is_named_with_the_process(desk: Desk) -> None:
    with Warehouse(desk.data / "warehouse.duckdb").transaction():
        shown = desk.run("push", "--dry-run", XERO_SF_LOCK_WAIT_SECONDS="0")

    assert_told(shown, 1, "warehouse.duckdb is in use by another process (PID", "Let the other run finish")


def test_a_corrupt_warehouse_is_left_alone_and_the_way_back_is_told(desk: Desk, terminal: Terminal) -> None:
    file = desk.data / "warehouse.duckdb"
    file.write_bytes(b"not a database, but somebody's only copy" * 400)

    assert_told(terminal.run("push", "--dry-run", desk=desk), 1, "cannot be read as a warehouse", "snapshots")
    assert file.read_bytes().startswith(b"not a database")


@pytest.mark.parametrize("command", [("sync",), ("plan",), ("push", "--dry-run"), ("push",)], ids=" ".join)
def test_a_warehouse_of_a_newer_version_is_not_touched(
    command: tuple[str, ...], desk: Desk, terminal: Terminal
) -> None:
    file = desk.data / "warehouse.duckdb"
    with Warehouse(file).transaction() as connection:
        connection.execute("insert into ops.migrations values (999, 'later', now())")

    shown = terminal.run(*command, desk=desk)

    assert_told(shown, 1, "The warehouse has schema version 999", "Install the newer version again")


@pytest.mark.parametrize("command", ["sandbox", "ui", "demo"])
def test_a_port_that_is_taken_is_told_before_anything_starts(command: str, desk: Desk, terminal: Terminal) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        shown = terminal.run(command, "--port", str(port), desk=desk)

    assert_told(shown, 1, f"Port {port} of 127.0.0.1 cannot be used", "--port")
    assert shown.out == ""
    assert sorted(path.name for path in desk.data.iterdir()) == ["policy.yaml"]


def test_the_sandbox_says_how_to_use_it_and_ends_at_sigterm(desk: Desk) -> None:
    with desk.start("sandbox", "--port", "0", "--contacts", "3", "--invoices", "3", "--accounts", "3") as process:
        assert process.stdout is not None
        url = next(line for line in process.stdout if line.startswith("XERO_API_URL=")).strip().partition("=")[2]
        process.terminate()
        assert process.wait(timeout=60) == 128 + 15
    port = int(url.rpartition(":")[2])
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))  # nothing listens there any more


def test_a_folder_of_another_sandbox_is_refused(desk: Desk, terminal: Terminal) -> None:
    folder = desk.folder / "box"
    folder.mkdir()
    (folder / "sandbox.json").write_text('{"spec": {"contacts": 300, "as_of": "2026-03-01"}}', encoding="utf-8")

    shown = terminal.run("sandbox", "--port", "0", "--contacts", "3", "--directory", str(folder), desk=desk)

    assert_told(shown, 1, "holds the sandbox of another company: ", "contacts 300")


def test_a_package_can_be_written_for_another_tool(desk: Desk, terminal: Terminal) -> None:
    shown = terminal.run("salesforce", "package", "fields.zip", desk=desk)

    assert shown.code == 0
    assert (desk.folder / "fields.zip").read_bytes().startswith(b"PK")


def test_a_snapshot_that_is_missing_is_told_by_every_command_that_reads_one(desk: Desk, terminal: Terminal) -> None:
    for command in (("status",), ("sql", "select 1"), ("plan", "--show"), ("matches", "list"), ("errors", "list")):
        assert_told(terminal.run(*command, desk=desk), 1, "There is no snapshot in", "Run `xero-sf sync` first.")
