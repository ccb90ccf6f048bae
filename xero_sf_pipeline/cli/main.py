"""`xero-sf`: the command line. Each command calls one part of the product and renders what it reports.

Belongs here: arguments, and turning errors into one message and an exit code.

Exit codes: 0 success; 1 something could not be done; 2 wrong usage; 3 settings or policy are wrong; 4 done in part
(some tenant, row or check failed); 130 stopped by Ctrl-C; 128 + number stopped by another signal.
"""

from __future__ import annotations

import getpass
import io
import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from xero_sf_pipeline.cli import output, snapshot, stopping
from xero_sf_pipeline.cli.demo import demo as demo_command
from xero_sf_pipeline.cli.errors_commands import app as errors_app
from xero_sf_pipeline.cli.explain import explain as explain_command
from xero_sf_pipeline.cli.matches import app as matches_app
from xero_sf_pipeline.cli.plan import app as plan_app
from xero_sf_pipeline.cli.policy import app as policy_app
from xero_sf_pipeline.cli.push import push as push_command
from xero_sf_pipeline.cli.report import report as report_command
from xero_sf_pipeline.cli.salesforce import app as salesforce_app
from xero_sf_pipeline.cli.sandbox import sandbox as sandbox_command
from xero_sf_pipeline.cli.status import status as status_command
from xero_sf_pipeline.cli.ui import ui as ui_command
from xero_sf_pipeline.errors import ConfigError, PipelineError
from xero_sf_pipeline.settings import ENV_FILE_VARIABLE, load_settings

WRONG_SETTINGS = 3
PARTLY_DONE = 4
INTERRUPTED = 130

app = typer.Typer(
    name="xero-sf",
    help="The open operating layer between Xero and Salesforce: mirror, match, plan, push, explain.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)
app.add_typer(plan_app, name="plan")
app.add_typer(matches_app, name="matches")
app.add_typer(errors_app, name="errors")
app.add_typer(policy_app, name="policy")
app.add_typer(salesforce_app, name="salesforce")
app.command("push")(push_command)
app.command("status")(status_command)
app.command("explain")(explain_command)
app.command("report")(report_command)
app.command("ui")(ui_command)
app.command("demo")(demo_command)
app.command("sandbox")(sandbox_command)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@app.callback()
def _options(
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log what happens, with counts and ids only.")
    ] = False,
    env_file: Annotated[
        Path | None, typer.Option("--env-file", help="Read settings from this file instead of .env.")
    ] = None,
) -> None:
    if env_file is not None:
        if not env_file.is_file():
            raise ConfigError(f"There is no settings file {env_file}.", remedy="See .env.example.")
        os.environ[ENV_FILE_VARIABLE] = str(env_file.resolve())
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )


@app.command()
def sync(
    push: Annotated[bool, typer.Option("--push", help="Push the plan afterwards, if pushing is enabled.")] = False,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Read both systems whole instead of only what changed.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Extract, derive, match and plan once. Writes to neither system, unless --push is given."""
    from xero_sf_pipeline.cli.plan import print_plan
    from xero_sf_pipeline.cli.push import run_push
    from xero_sf_pipeline.cli.runs import Runs

    settings = load_settings()
    runs = Runs(settings, shows_progress=sys.stderr.isatty() and not as_json)
    runs.sweep() if sweep else runs.sync()
    has_failed = bool(runs.failures)
    if push:
        if not settings.xero_sf_push_enabled:
            print_plan(settings, as_json=as_json)
        has_failed = not run_push(settings, as_json=as_json) or has_failed
    else:
        print_plan(settings, as_json=as_json)
    if has_failed:
        raise typer.Exit(PARTLY_DONE)


@app.command("sql")
def run_sql(
    statement: Annotated[str, typer.Argument(help="A SELECT in DuckDB's dialect.")],
    as_json: Json = False,
) -> None:
    """Run SQL on the newest published snapshot. Runs are never blocked by it."""
    if not statement.strip():
        raise typer.BadParameter("is empty", param_hint="STATEMENT")
    found = snapshot.ad_hoc(load_settings(), statement)
    if as_json:
        output.print_json(found)
    else:
        output.print_rows(found, empty="No rows.")


@app.command()
def preflight(as_json: Json = False) -> None:
    """Check settings, credentials, scopes, Salesforce fields, permissions and limits: one line each."""
    from xero_sf_pipeline.preflight import has_errors
    from xero_sf_pipeline.preflight import preflight as run_checks

    results = run_checks()
    if as_json:
        output.print_json(
            [
                {
                    "name": result.name,
                    "ok": result.ok,
                    "severity": str(result.severity),
                    "detail": result.detail,
                    "remedy": result.remedy,
                }
                for result in results
            ]
        )
    else:
        for result in results:
            output.print_check(result.name, str(result.severity), result.ok, result.detail, result.remedy)
    if has_errors(results):
        raise typer.Exit(1)


def actor() -> str:
    """Who is at the keyboard, for the ledger and for decisions."""
    try:
        return os.environ.get("XERO_SF_ACTOR") or getpass.getuser()
    except (KeyError, OSError):  # a container's user may have a number only
        return f"user {os.getuid()}"


def main(arguments: list[str] | None = None) -> None:
    """Run the command line. Errors raised on purpose become one message and an exit code."""
    stopping.listen()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a name still shows the rest
    try:
        app(args=arguments, prog_name="xero-sf")
    except ConfigError as error:
        output.complain_of(error)
        sys.exit(WRONG_SETTINGS)
    except PipelineError as error:
        output.complain_of(error)
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:  # what typer makes of Ctrl-C
            output.complain("Stopped.", "What was done so far is kept; run the same command again to go on.")
        raise
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - the interpreter flushes it on its way out
        sys.exit(0)
    except OSError as error:
        output.complain(f"{Path(error.filename).name if error.filename else 'The machine'}: {error.strerror or error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
