"""docs/data_model.md names every table and column of the warehouse, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from xero_sf_pipeline.warehouse.catalogue import table_columns

DOCUMENT = Path(__file__).parents[2] / "docs" / "data_model.md"
HISTORY = ["payload", "payload_hash", "updated_at", "known_from", "known_to", "is_deleted", "run_id"]


def documented() -> dict[str, list[str]]:
    """`schema.table` -> the columns listed under its heading, in order."""
    found: dict[str, list[str]] = {}
    for part in re.split(r"^### ", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        columns_text = body.split("\n## ")[0].strip().split("\n\n")[-1]
        found[heading.strip("` ")] = re.findall(r"`([^`]+)`", columns_text)
    return found


def in_warehouse() -> dict[str, list[str]]:
    """The tables (views of current rows left out), raw ones without the history columns that the document lists once."""
    found = {}
    for table, columns in table_columns().items():
        if table.endswith("_current") or table == "ledger.current":
            continue
        names = [name for name, _ in columns]
        if table.startswith("raw_"):
            assert [name for name in names if name in HISTORY] == HISTORY, table
            names = [name for name in names if name not in HISTORY]
        found[table] = names
    return found


def test_the_document_lists_the_tables_of_the_warehouse() -> None:
    assert sorted(documented()) == sorted(in_warehouse())


def test_the_document_lists_the_columns_of_each_table() -> None:
    assert documented() == {table: in_warehouse()[table] for table in documented()}
