"""Imports respect the order of the stages, so that each part can be read and tested without the later ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import xero_sf_pipeline

ROOT = Path(xero_sf_pipeline.__file__).parent
PACKAGE = "xero_sf_pipeline"

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "clock": set(),
    "sql": set(),
    "warehouse": {"errors", "clock", "core"},  # core: only to list the columns of an empty warehouse
    "settings": {"errors"},
    "clients": {"errors", "clock", "settings"},
    "connections": {"clock", "settings", "clients"},
    "extraction": {"errors", "clock", "clients", "warehouse"},
    "core": {"errors", "warehouse"},
    "matching": {"errors", "clock", "warehouse", "core"},
    "policy": {"errors", "matching", "planning"},  # planning: names of kinds and of template fields
    "receivables": {"errors", "warehouse", "policy", "core"},
    "parties": {"errors", "warehouse", "policy"},
    "mapping": {"errors", "warehouse", "policy", "parties"},
    "billing": {"errors", "warehouse", "policy", "receivables"},
    "planning": {
        "errors", "clock", "warehouse", "policy", "matching", "receivables", "parties", "mapping", "billing",
    },
    "pushing": {"errors", "clock", "warehouse", "clients", "planning", "policy"},
    "reporting": {"errors", "warehouse", "policy"},
    "salesforce_metadata": {"errors", "clients"},
    "preflight": {
        "errors", "clock", "settings", "policy", "clients", "warehouse", "salesforce_metadata", "extraction", "planning",
        "mapping",
    },
}  # fmt: skip
"""Package or module -> what it may import of ours, beside itself. Earlier stages know nothing of later ones."""

WIRING = {"pipeline", "defs", "definitions", "cli"}
"""Puts parts together, so may import any of them; nothing else may import these."""

SANDBOX_USERS = {Path("cli/demo.py"), Path("cli/sandbox.py")}
DAGSTER_USERS = {Path("cli/runs.py")}
"""Outside of `defs`."""


@cache
def imports() -> tuple[tuple[Path, str], ...]:
    """File and full module name of every import, those inside functions and of type checking included."""
    return tuple(_imports())


def _imports() -> Iterator[tuple[Path, str]]:
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield path.relative_to(ROOT), alias.name
            elif isinstance(node, ast.ImportFrom) and node.module:
                assert node.level == 0, f"{path} imports relatively"
                yield path.relative_to(ROOT), node.module
                if node.module == PACKAGE:
                    for alias in node.names:
                        yield path.relative_to(ROOT), f"{PACKAGE}.{alias.name}"


def part_of(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def ours() -> Iterator[tuple[Path, str, str]]:
    """File, its part, and the part that it imports."""
    for path, module in imports():
        parts = module.split(".")
        if parts[0] == PACKAGE and len(parts) > 1:
            yield path, part_of(path), parts[1]


def test_every_part_has_its_place_in_the_order() -> None:
    parts = {part_of(path.relative_to(ROOT)) for path in ROOT.rglob("*.py")} - {"__init__"}
    assert parts == set(MAY_IMPORT) | WIRING | {"sandbox"}


def test_a_stage_imports_only_what_comes_before_it() -> None:
    wrong = [
        f"{path} imports {imported}"
        for path, part, imported in ours()
        if part in MAY_IMPORT and imported not in MAY_IMPORT[part] | {part}
    ]
    assert wrong == []


def test_only_the_graph_and_its_starter_know_dagster() -> None:
    users = {path for path, module in imports() if module.split(".")[0] == "dagster"}
    assert {path for path in users if part_of(path) != "defs"} <= DAGSTER_USERS


def test_production_code_does_not_know_the_sandbox() -> None:
    users = {path for path, part, imported in ours() if imported == "sandbox" and part != "sandbox"}
    assert users <= SANDBOX_USERS


def test_the_sandbox_shares_no_code_with_what_it_stands_in_for() -> None:
    shared = {"clock"}  # a protocol
    borrowed = sorted({f"{path} imports {imported}" for path, part, imported in ours() if part == "sandbox" and imported not in {"sandbox", *shared}})  # fmt: skip
    assert borrowed == []


def test_only_the_clients_speak_http() -> None:
    """Extraction and mappings read the contract's fields from the client library; the demo sets the sandbox's clock."""
    libraries = {"requests", "urllib3", "httpx", "xero_python", "simple_salesforce", "aiohttp"}
    speakers = {path for path, module in imports() if module.split(".")[0] in libraries}
    assert {path for path in speakers if part_of(path) not in {"clients", "sandbox"}} <= {
        Path("extraction/xero_entities.py"),
        Path("policy/xero_fields.py"),
        Path("cli/demo.py"),
    }
