"""`xero-sf demo`: the whole path on a local sandbox, from an empty folder to "nothing left to do"."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xero_sf_pipeline.cli import output
from xero_sf_pipeline.cli.choices import require_free_port
from xero_sf_pipeline.errors import PipelineError
from xero_sf_pipeline.settings import ENV_FILE_VARIABLE, Settings, load_settings

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.company import CompanySpec

FOLDER = Path("data") / "demo"
UI_PORT = 3000
_HISTORY_DAYS = 13
_BILLED_DAYS = 45
_MOST_ROUNDS = 4
_PEOPLE = ("Finance lead", "Controller")
"""Who approves in the demo: the policy wants four eyes on the largest invoice."""
_EXAMPLE = (
    "select currency_code, count(*) as invoices, sum(amount_due) as overdue"
    " from receivables.overdue_invoices group by all"
)


def demo(
    ui: Annotated[bool, typer.Option("--ui", help="Leave the sandbox running and open the Dagster UI.")] = False,
    contacts: Annotated[int, typer.Option(min=1, help="Contacts in Xero.")] = 300,
    invoices: Annotated[int, typer.Option(min=1, help="Invoices in Xero.")] = 2500,
    accounts: Annotated[int, typer.Option(min=1, help="Accounts in Salesforce.")] = 250,
    seed: Annotated[int, typer.Option(help="The same seed makes the same company.")] = 7,
    organisations: Annotated[int, typer.Option(min=1, max=4, help="Xero organisations.")] = 2,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The sandbox's port; 0 takes a free one.")] = 0,
    ui_port: Annotated[int, typer.Option(min=1, max=65535, help="The Dagster UI's port.")] = UI_PORT,
) -> None:
    """Mirror, match, plan, push and plan again on a local sandbox. Starts afresh each time, in data/demo."""
    from xero_sf_pipeline.cli.sandbox import company_spec

    require_free_port(port)
    if ui:
        require_free_port(ui_port, "--ui-port")
    with _own_folder(), _sandbox(company_spec(contacts, invoices, accounts, seed, organisations), port) as url:
        settings = _settings(url)
        _label_matches(settings, url)
        _deploy(settings)
        left, everything_went = _rounds(settings)
        _finish(left, ui)
        if left or not everything_went:
            raise typer.Exit(1)
        if ui:
            from xero_sf_pipeline.cli.ui import serve

            serve(settings, ui_port)


def _rounds(settings: Settings) -> tuple[int, bool]:
    """Mirror, plan, approve and push until nothing is left: what Xero makes in one round goes back in the next.

    Returns the writes that are left, and whether every write that was sent went through.
    """
    from xero_sf_pipeline.cli.plan import print_plan
    from xero_sf_pipeline.cli.push import run_push

    everything_went = True
    for number in range(1, _MOST_ROUNDS + 1):
        _step(f"{number}. Mirror both systems, match, plan" if number == 1 else f"{number}. Read both back, plan again")
        _sync(settings)
        left = print_plan(settings, one_of_each=True)
        if not left:
            break
        _approve(settings)
        _step(f"{number}. Push the plan")
        everything_went = run_push(settings) and everything_went
    return left, everything_went


def _approve(settings: Settings) -> None:
    """Let two people approve what the policy keeps for people."""
    from xero_sf_pipeline.cli import snapshot
    from xero_sf_pipeline.cli.runs import Runs
    from xero_sf_pipeline.clock import SystemClock
    from xero_sf_pipeline.planning.approvals import Decision, record_decision

    waiting = [row["write_id"] for row in snapshot.rows(settings, "plan_writes") if row["approval"] == "needs_approval"]
    if not waiting:
        return
    for person in _PEOPLE:
        record_decision(
            settings.decisions_dir / "approvals.jsonl",
            waiting,
            Decision.APPROVED,
            decided_by=person,
            decided_at=SystemClock().now(),
            reason="demo",
        )
    Runs(settings).plan()
    output.say(f"{' and '.join(_PEOPLE)} approve {output.count(len(waiting), 'write')}.")


@contextmanager
def _own_folder() -> Iterator[None]:
    """Empty the demo's folder and keep it for this process: another demo that still runs would lose its files.

    Raises:
        PipelineError: another demo works there.
    """
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with (FOLDER.parent / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PipelineError(f"Another demo works in {FOLDER}.", remedy="Stop it first (Ctrl-C).") from None
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(exist_ok=True)
        yield


@contextmanager
def _sandbox(spec: CompanySpec, port: int) -> Iterator[str]:
    import requests

    from xero_sf_pipeline.sandbox.running import sandbox_process

    books = output.count(spec.organisations, "Xero organisation")
    output.say(f"Starting a sandbox: {books} and a Salesforce org on this machine ...")
    with sandbox_process(spec, directory=FOLDER / "sandbox", port=port) as url:
        now = datetime.now(UTC).isoformat()
        requests.post(f"{url}/__sandbox__/clock", json={"now": now}, timeout=10).raise_for_status()
        output.say(
            f"Sandbox: {url}, {spec.contacts} contacts and {spec.invoices} invoices in each Xero organisation,"
            f" {spec.accounts} accounts in Salesforce, and the stories of quote to cash"
        )
        yield url


def _settings(url: str) -> Settings:
    from xero_sf_pipeline.cli.sandbox import settings_lines

    start = (datetime.now(UTC) - timedelta(days=_HISTORY_DAYS)).date().isoformat()
    _write_policy()
    env_file = FOLDER / "demo.env"
    env_file.write_text(settings_lines(url, str(FOLDER), start), encoding="utf-8")
    for name in list(os.environ):  # a real connection in the environment must not reach the demo
        if name.startswith(("XERO_", "SALESFORCE_")):
            del os.environ[name]
    os.environ[ENV_FILE_VARIABLE] = str(env_file.resolve())
    os.environ["DAGSTER_HOME"] = str((FOLDER / "dagster").resolve())
    return load_settings()


def _write_policy() -> None:
    """Every flow on; deals are billed that were won in the last weeks, as if billing had been switched on then."""
    since = (datetime.now(UTC) - timedelta(days=_BILLED_DAYS)).date().isoformat()
    text = Path("data/policy.demo.yaml").read_text(encoding="utf-8")
    text = text.replace("billing:\n", f"billing:\n  from_close_date: {since}\n", 1)
    (FOLDER / "policy.yaml").write_text(text, encoding="utf-8")


def _label_matches(settings: Settings, url: str) -> None:
    """Write down who is who in the made-up company, so that the asset `matching/links` can report how right it is."""
    import requests

    from xero_sf_pipeline.matching.sample import HEADER

    answer = requests.get(f"{url}/__sandbox__/truth", timeout=30)
    answer.raise_for_status()
    settings.decisions_dir.mkdir(parents=True, exist_ok=True)
    with (settings.decisions_dir / "labelled_matches.csv").open("w", encoding="utf-8") as file:
        file.write(f"{HEADER}\n")
        for row in answer.json():
            file.write(f"{row['tenant_id']}:{row['contact_id']},{' '.join(row['acceptable_account_ids'])}\n")


def _deploy(settings: Settings) -> None:
    from xero_sf_pipeline.pipeline import open_pipeline
    from xero_sf_pipeline.salesforce_metadata import deploy

    with open_pipeline(settings) as pipeline:
        report = deploy(pipeline.salesforce)
    if not report.succeeded:
        raise PipelineError("The fields could not be deployed: " + "; ".join(report.problems))
    output.say(f"Deployed our fields to the org: {report.components_deployed} components")


def _sync(settings: Settings) -> None:
    from xero_sf_pipeline.cli.runs import Runs

    runs = Runs(settings)
    runs.sync()
    if runs.failures:
        raise PipelineError("The run is not in order: " + "; ".join(runs.failures))


def _step(title: str) -> None:
    output.console.rule(f"[bold]{title}", align="left")


def _finish(left: int, ui: bool) -> None:
    program = _program()
    if left:
        output.complain(f"{output.count(left, 'write')} still planned after the push.")
        return
    lines = [
        "What next:",
        f'  {program} --env-file {FOLDER}/demo.env sql "{_EXAMPLE}"',
        f"  {program} --env-file {FOLDER}/demo.env matches list",
        f"  {program} --env-file {FOLDER}/demo.env status",
        *([] if ui else [f"  make demo-ui      the same, and then the Dagster UI on http://127.0.0.1:{UI_PORT}"]),
        "  docs/connect.md   connect your own organisations; nothing is written until you switch pushing on",
    ]
    output.console.rule("[bold]Both systems agree", align="left")
    for text in lines:  # never wrapped by us: the commands are there to be copied
        output.console.print(text, markup=False, soft_wrap=True)


def _program() -> str:
    own = Path(sys.argv[0])
    try:
        return str(own.relative_to(Path.cwd())) if own.is_absolute() else str(own)
    except ValueError:
        return "xero-sf"
