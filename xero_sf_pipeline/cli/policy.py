"""`xero-sf policy` checks the policy against the org and runs its cases; `xero-sf plan --policy` previews a change.

Belongs here: the two commands and the preview. Does not belong here: what a mapping means (`parties`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from xero_sf_pipeline.cli import output
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import ConfigError, NotFound
from xero_sf_pipeline.settings import Settings, load_settings

app = typer.Typer(help="Check the policy and run its cases.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
PolicyFile = Annotated[Path | None, typer.Argument(help="A policy file; the one in use without it.")]

Totals = dict[tuple[str, str], tuple[int, Decimal]]


@app.command()
def check(
    file: PolicyFile = None,
    offline: Annotated[bool, typer.Option("--offline", help="Only the file itself; ask Salesforce nothing.")] = False,
) -> None:
    """Check that the policy is well formed and that the org has the fields that it maps, as they are needed."""
    from xero_sf_pipeline.parties.mapping_checks import mapping_problems
    from xero_sf_pipeline.pipeline import open_pipeline
    from xero_sf_pipeline.policy import load_policy

    path = file or load_settings().policy_file
    policy = load_policy(path)
    problems: list[str] = []
    if policy.mappings and not offline:
        with open_pipeline(load_settings()) as pipeline:
            fields = pipeline.salesforce.describe("Account").fields
        problems = [
            problem for one in policy.mappings for problem in mapping_problems(one, fields.get(one.salesforce_field))
        ]
    if problems:
        raise ConfigError(f"{path.name}: {len(problems)} mapped field(s) cannot work in this org:", problems=problems)
    asked = " and the org has their fields" if policy.mappings and not offline else ""
    output.say(f"{path.name} is well formed; {output.count(len(policy.mappings), 'mapping')}{asked}.")


@app.command("test")
def run_test(
    cases: Annotated[Path, typer.Argument(help="A YAML file with a list `cases`; see docs/contacts.md.")],
    policy_file: Annotated[Path | None, typer.Option("--policy", help="Another policy than the one in use.")] = None,
    as_json: Json = False,
) -> None:
    """Run given/expect cases of the mapped fields; no system is asked."""
    from xero_sf_pipeline.parties.mapping_checks import run_cases
    from xero_sf_pipeline.policy import load_policy

    policy = load_policy(policy_file or load_settings().policy_file)
    try:
        content = yaml.safe_load(cases.read_text(encoding="utf-8"))
        given = content.get("cases") if isinstance(content, dict) else None
        if not isinstance(given, list) or not all(isinstance(case, dict) for case in given):
            raise ValueError("there is no list `cases` in it")
        results = list(run_cases(policy.mappings, given))
    except (ValueError, yaml.YAMLError, OSError) as error:
        raise ConfigError(
            f"{cases.name} cannot be run: {error}.", remedy="See docs/contacts.md for its form."
        ) from error
    rows = [{"case": one.name, "passed": one.passed, "expected": one.expected, "found": one.found} for one in results]
    if as_json:
        output.print_json(rows)
    else:
        output.print_rows([row for row in rows if not row["passed"]], title="Failed", empty="")
        output.say(f"{sum(one.passed for one in results)} of {output.count(len(results), 'case')} passed.")
    if not all(one.passed for one in results):
        raise typer.Exit(1)


def preview(settings: Settings, file: Path, *, as_json: bool = False, clock: Clock | None = None) -> None:
    """Print what another policy would plan, beside what the present one plans; nothing is stored and nothing asked.

    Raises:
        ConfigError: the file is no policy.
        NotFound: nothing has been mirrored yet.
    """
    from xero_sf_pipeline.policy import load_policy

    load_policy(file)
    with _copy_of(settings) as copy:
        present = _totals(copy, clock)
        changed = _totals(copy.model_copy(update={"xero_sf_policy_file": file}), clock)
    rows = [
        {
            "kind": kind,
            "currency": currency,
            "writes": present.get((kind, currency), (0, Decimal(0)))[0],
            "writes_then": changed.get((kind, currency), (0, Decimal(0)))[0],
            "amount": present.get((kind, currency), (0, Decimal(0)))[1],
            "amount_then": changed.get((kind, currency), (0, Decimal(0)))[1],
        }
        for kind, currency in sorted(present.keys() | changed.keys())
    ]
    moved = [row for row in rows if row["writes"] != row["writes_then"] or row["amount"] != row["amount_then"]]
    if as_json:
        output.print_json({"policy": file.name, "changes": moved, "kinds": rows})
        return
    output.print_rows(moved, title=f"With {file.name}", empty="The plan would be the same.")


@contextmanager
def _copy_of(settings: Settings) -> Iterator[Settings]:
    """Settings whose data folder is a copy of the newest snapshot and of people's decisions; removed at the end."""
    newest = settings.snapshot_dir / "latest.duckdb"
    if not newest.exists():
        raise NotFound("Nothing has been published yet.", remedy="Run `xero-sf sync` first.")
    with tempfile.TemporaryDirectory(prefix="xero-sf-preview-") as folder:
        copy = settings.model_copy(
            update={"xero_sf_data_dir": Path(folder), "xero_sf_policy_file": settings.policy_file}
        )
        shutil.copyfile(newest.resolve(), copy.warehouse_file)
        if settings.decisions_dir.exists():
            shutil.copytree(settings.decisions_dir, copy.decisions_dir)
        yield copy


def _totals(settings: Settings, clock: Clock | None) -> Totals:
    """Derive and plan in the copy, and return writes and money by kind and currency."""
    from xero_sf_pipeline.pipeline import open_pipeline

    with open_pipeline(settings, clock=clock) as pipeline:
        pipeline.derive_all()
        pipeline.plan()
        with pipeline.warehouse.transaction() as connection:
            rows: list[Any] = connection.execute(
                "select kind, coalesce(currency_code, ''), count(*), coalesce(sum(amount), 0) "
                "from plan.writes group by all"
            ).fetchall()
    return {(kind, currency): (count, amount) for kind, currency, count, amount in rows}
