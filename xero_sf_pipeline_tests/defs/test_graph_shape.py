"""The shape of the graph, kept in `graph.txt`, and what every asset must tell a reader.

After a wanted change: `python -m xero_sf_pipeline_tests.defs.test_graph_shape` writes the file anew.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from xero_sf_pipeline.core import CORE_TABLES
from xero_sf_pipeline.defs import build_defs
from xero_sf_pipeline.receivables.derive import TABLES as RECEIVABLES
from xero_sf_pipeline_tests.defs.graph import HISTORY_START

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")  # of owners and backfill policies

SNAPSHOT = Path(__file__).with_name("graph.txt")
FILE_ASSETS = {"reporting/snapshot", "reporting/report"}
"""Assets that are a file instead of a table."""


def asset_graph() -> dg.AssetGraph:  # type: ignore[name-defined]
    return build_defs(history_start=HISTORY_START).resolve_asset_graph()


def rendered() -> str:
    """One block per asset, then the jobs."""
    graph = asset_graph()
    lines = []
    for key in sorted(graph.get_all_asset_keys(), key=lambda key: key.to_user_string()):
        node = graph.get(key)
        partitions = "none"
        if isinstance(node.partitions_def, dg.MultiPartitionsDefinition):
            partitions = " x ".join(dimension.name for dimension in node.partitions_def.partitions_defs)
        elif node.partitions_def is not None:
            partitions = f"daily from {node.partitions_def.start:%Y-%m-%d} {node.partitions_def.timezone}"
        policy = node.backfill_policy
        lines += [
            key.to_user_string(),
            f"  group {node.group_name}; kinds {', '.join(sorted(node.kinds))}; owners {', '.join(node.owners)}",
            f"  partitions {partitions}; backfill {policy.policy_type.value if policy else 'none'}",
            f"  after {', '.join(sorted(parent.to_user_string() for parent in node.parent_keys)) or '-'}",
            f"  checks {', '.join(sorted(check.name for check in node.check_keys)) or '-'}",
        ]
    definitions = build_defs(history_start=HISTORY_START)
    for name in ("extract_xero", "extract_salesforce", "derive_and_plan", "publish"):
        job = definitions.resolve_job_def(name)
        assets = sorted(key.to_user_string() for key in job.asset_layer.selected_asset_keys)
        lines += [f"job {name}", f"  {', '.join(assets)}"]
    return "\n".join(lines) + "\n"


def test_the_graph_has_the_shape_that_is_written_down() -> None:
    assert rendered() == SNAPSHOT.read_text(encoding="utf-8")


def test_every_asset_says_what_it_is_who_owns_it_and_which_columns_it_has() -> None:
    graph = asset_graph()
    keys = graph.get_all_asset_keys()
    assert len(keys) >= 37
    for key in keys:
        node, name = graph.get(key), key.to_user_string()
        assert (name, len(node.description or "") > 24) == (name, True)
        assert (name, list(node.owners)) == (name, ["team:revenue-operations"])
        assert (name, "duckdb" in node.kinds) == (name, True)
        if name in FILE_ASSETS:
            continue
        assert (name, node.group_name) == (name, {"raw_xero": "extract", "raw_salesforce": "extract", "reporting": "report"}.get(key.path[0], key.path[0]))  # fmt: skip
        assert (name, node.metadata["dagster/table_name"]) == (name, name.replace("/", "."))
        columns = {column.name: column.type for column in node.metadata["dagster/column_schema"].columns}
        assert (name, len(columns) >= 3) == (name, True)
        for column, data_type in columns.items():
            if column.startswith("amount_"):
                assert (name, column, data_type[:12]) == (name, column, "decimal(18,4")
            if column.endswith("_at"):
                assert (name, column, data_type) == (name, column, "timestamp with time zone")
            if column.endswith("_on") and column != "depends_on":
                assert (name, column, data_type) == (name, column, "date")


def test_every_core_and_receivables_table_is_an_asset() -> None:
    keys = {key.to_user_string() for key in asset_graph().get_all_asset_keys()}
    assert {f"core/{table}" for table in CORE_TABLES} | {f"receivables/{table}" for table in RECEIVABLES} <= keys


LOADING = """
import builtins, io, os, socket, sys
import dagster, duckdb  # their own start is not ours

def refuse(*arguments, **options):
    raise SystemExit(f"loading opened a connection: {arguments[:2]}")

socket.socket.connect = refuse
socket.getaddrinfo = refuse
plain_connect = duckdb.connect
duckdb.connect = lambda path, **options: plain_connect(path, **options) if path == ":memory:" else refuse(path)
plain_open, plain_os_open = builtins.open, os.open

def reading_only(file, mode="r", *arguments, **options):
    if set(mode) & set("wax+"):
        raise SystemExit(f"loading wrote {file}")
    return plain_open(file, mode, *arguments, **options)

builtins.open = io.open = reading_only
os.mkdir = os.makedirs = refuse
sys.dont_write_bytecode = True
from xero_sf_pipeline.definitions import defs
print(len(defs.resolve_asset_graph().get_all_asset_keys()), defs.get_repository_def().name)
"""


def test_loading_makes_no_connection_and_writes_no_file_and_needs_no_setting(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(tmp_path)}
    loaded = subprocess.run(
        [sys.executable, "-c", LOADING], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert (loaded.returncode, loaded.stderr[-2000:] if loaded.returncode else "") == (0, "")
    assert loaded.stdout.split()[1] == "__repository__"
    assert list(tmp_path.iterdir()) == []


if __name__ == "__main__":
    SNAPSHOT.write_text(rendered(), encoding="utf-8")
