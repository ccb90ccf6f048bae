"""`xero-sf policy` checks the policy against the org and runs its cases; `xero-sf plan --policy` previews a change.

Belongs here: the two commands and the preview. Does not belong here: what a mapping means (`mapping`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from xero_sf_pipeline.cli import output
from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.errors import ConfigError, NotFound
from xero_sf_pipeline.planning.kinds import Approval
from xero_sf_pipeline.settings import Settings, load_settings

if TYPE_CHECKING:
    from xero_sf_pipeline.clients.salesforce import SalesforceClient

app = typer.Typer(help="Check the policy and run its cases.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
PolicyFile = Annotated[Path | None, typer.Argument(help="A policy file; the one in use without it.")]


@app.command()
def check(
    file: PolicyFile = None,
    offline: Annotated[
        bool,
        typer.Option("--offline", help="Ask Salesforce nothing; compare with the fields that were mirrored."),
    ] = False,
) -> None:
    """Check that the policy is well formed and that the org has the fields that it maps, as they are needed."""
    from xero_sf_pipeline.mapping.checks import mapping_problems
    from xero_sf_pipeline.policy import load_policy

    path = file or load_settings().policy_file
    policy = load_policy(path)
    described, described_at = _described(sorted({one.objects[0] for one in policy.mappings}), offline=offline)
    problems = [
        problem
        for one in policy.mappings
        if (fields := described.get(one.objects[0])) is not None
        for problem in mapping_problems(one, fields.get(one.salesforce_field))
    ]
    if problems:
        raise ConfigError(f"{path.name}: mapped fields that cannot work in this org:", problems=problems)
    unknown = sorted({one.objects[0] for one in policy.mappings} - described.keys())
    when = f", as described on {output.text(described_at.astimezone(UTC))} UTC" if described_at else ""
    asked = f" and the org has their fields{when}" if described else ""
    output.say(f"{path.name} is well formed; {output.count(len(policy.mappings), 'mapping')}{asked}.")
    if unknown:
        output.say(f"Not compared with the org: {', '.join(unknown)}; nothing of it is mirrored yet (`xero-sf sync`).")


def _described(objects: list[str], *, offline: bool) -> tuple[dict[str, Mapping[str, Any]], datetime | None]:
    """The fields of each object, from the org, or offline as they were mirrored, with the time of the oldest answer.

    Offline an object that was never described is left out; one that the org lacks has no fields.
    """
    from xero_sf_pipeline.extraction.mirrored_schema import described_fields
    from xero_sf_pipeline.pipeline import open_pipeline

    if not objects or (offline and not _has_warehouse()):
        return {}, None
    with open_pipeline(load_settings()) as pipeline:
        if not offline:
            return {name: _asked(pipeline.salesforce, name) for name in objects}, None
        with pipeline.warehouse.transaction() as connection:
            found = {name: described_fields(connection, name) for name in objects}
            ((described_at,),) = connection.execute(
                "select min(described_at) from ops.salesforce_fields where sf_object in $objects", {"objects": objects}
            ).fetchall()
    return {name: fields for name, fields in found.items() if fields}, described_at


def _asked(salesforce: SalesforceClient, object_name: str) -> Mapping[str, Any]:
    try:
        return salesforce.describe(object_name).fields
    except NotFound:
        return {}


def _has_warehouse() -> bool:
    """Whether something was mirrored already; a policy can be checked before there are any settings."""
    try:
        return load_settings().warehouse_file.exists()
    except ConfigError:
        return False


@app.command("test")
def run_test(
    cases: Annotated[Path, typer.Argument(help="A YAML file with a list `cases`; see docs/mapping.md.")],
    policy_file: Annotated[Path | None, typer.Option("--policy", help="Another policy than the one in use.")] = None,
    as_json: Json = False,
) -> None:
    """Run given/expect cases of the mapped fields; no system is asked."""
    from xero_sf_pipeline.mapping.checks import run_cases
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
            f"{cases.name} cannot be run: {error}.", remedy="See docs/mapping.md for its form."
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
        present = _planned(copy, clock)
        changed = _planned(copy.model_copy(update={"xero_sf_policy_file": file}), clock)
    before, after = _totals(present), _totals(changed)
    kinds = [
        {"kind": kind, "currency": currency, **before.get((kind, currency), _NOTHING).shown(""),
         **after.get((kind, currency), _NOTHING).shown("_then")}
        for kind, currency in sorted(before.keys() | after.keys())
    ]  # fmt: skip
    moved = [row for row in kinds if any(row[name] != row[f"{name}_then"] for name in ("writes", "amount", "waiting"))]
    writes = list(_changes(present, changed))
    if as_json:
        output.print_json({"policy": file.name, "changes": moved, "kinds": kinds, "writes": writes})
        return
    output.print_rows(moved, title=f"With {file.name}", empty="The plan would be the same.")
    output.print_rows(writes[:_WRITES_SHOWN], title="Writes that would change", empty="")
    if len(writes) > _WRITES_SHOWN:
        output.say(f"{output.count(len(writes), 'write')} would change; --json lists all.")


@dataclass(frozen=True)
class _Total:
    """Writes of one kind and currency: how many, how much money, how many of them wait for a person."""

    writes: int = 0
    amount: Decimal = Decimal(0)
    waiting: int = 0

    def shown(self, suffix: str) -> dict[str, Any]:
        return {f"writes{suffix}": self.writes, f"amount{suffix}": self.amount, f"waiting{suffix}": self.waiting}


_NOTHING = _Total()
_WRITES_SHOWN = 20

Write = Mapping[str, Any]
Planned = Mapping[tuple[str, ...], Write]


def _totals(planned: Planned) -> dict[tuple[str, str], _Total]:
    found: dict[tuple[str, str], _Total] = {}
    for write in planned.values():
        key = (write["kind"], write["currency"])
        total = found.get(key, _NOTHING)
        found[key] = _Total(total.writes + 1, total.amount + (write["amount"] or 0), total.waiting + _is_waiting(write))
    return found


def _is_waiting(write: Write) -> bool:
    return bool(write["approval"] == Approval.NEEDS_APPROVAL)


def _changes(present: Planned, changed: Planned) -> Iterator[dict[str, Any]]:
    """Each write that would appear, go, say something else, or newly wait for a person (or no longer)."""
    for key in sorted(present.keys() | changed.keys()):
        before, after = present.get(key), changed.get(key)
        if before is None or after is None:
            what = "new" if before is None else "gone"
        elif before["payload"] != after["payload"]:
            what = "other values"
        elif _is_waiting(before) != _is_waiting(after):
            what = "waits for a person" if _is_waiting(after) else "waits no longer"
        else:
            continue
        write = after or before or {}
        yield {
            "change": what,
            "kind": write["kind"],
            "target": write["target"],
            "amount": write["amount"],
            "currency": write["currency"],
            "approval": write["approval"],
            "explanation": write["explanation"],
        }


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


def _planned(settings: Settings, clock: Clock | None) -> Planned:
    """Derive and plan in the copy, and return the writes by what they are about."""
    from xero_sf_pipeline.pipeline import open_pipeline

    with open_pipeline(settings, clock=clock) as pipeline:
        pipeline.derive_all()
        pipeline.plan()
        with pipeline.warehouse.transaction() as connection:
            rows: list[Any] = connection.execute(
                "select kind, target_system, target_object, coalesce(target_key, target_id) as target, "
                "coalesce(currency_code, '') as currency, payload::varchar as payload, approval, amount, explanation "
                "from plan.writes"
            ).fetchall()
    return {
        (kind, system, object_name, target, currency): {
            "kind": kind, "target": target, "currency": currency, "payload": payload, "approval": approval,
            "amount": amount, "explanation": explanation,
        }
        for kind, system, object_name, target, currency, payload, approval, amount, explanation in rows
    }  # fmt: skip
