"""Creates and upgrades the warehouse's durable tables, by small ordered migrations.

Each `NNN_name.sql` beside this file runs once, in order, inside the caller's transaction. Derived tables (`core`,
`matching`, most of `receivables` and `plan`) are rebuilt by their own statements and need no migration.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import duckdb

from xero_sf_pipeline.errors import WarehouseTooNew


@cache
def migrations() -> tuple[tuple[int, str, str], ...]:
    """All migrations as (version, name, text), oldest first."""
    found = []
    for entry in files(__package__).iterdir():
        if entry.name.endswith(".sql"):
            number, _, name = entry.name.removesuffix(".sql").partition("_")
            found.append((int(number), name, entry.read_text(encoding="utf-8")))
    return tuple(sorted(found))


def schema_version(connection: duckdb.DuckDBPyConnection) -> int:
    """The newest migration that this database has; 0 for an empty one."""
    known = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = 'ops' and table_name = 'migrations'"
    ).fetchone()
    if not known or not known[0]:
        return 0
    row = connection.execute("select max(version) from ops.migrations").fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def newest_version() -> int:
    """The newest migration that this version of the product knows."""
    return migrations()[-1][0]


def require_known_version(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the database's schema version, unless this version of the product cannot know what it means.

    Raises:
        WarehouseTooNew: the database was written by a newer version of the product.
    """
    present = schema_version(connection)
    newest = newest_version()
    if present > newest:
        raise WarehouseTooNew(
            f"The warehouse has schema version {present}; this version of the product knows {newest}.",
            remedy="Install the newer version again, or restore a snapshot that this version wrote.",
        )
    return present


def create_schema(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Bring the database to the newest schema and return the names of the migrations that ran.

    Raises:
        WarehouseTooNew: the database was written by a newer version of the product.
    """
    present = require_known_version(connection)
    known = migrations()
    ran = []
    for version, name, text in known:
        if version <= present:
            continue
        connection.execute(text)
        connection.execute("insert into ops.migrations values (?, ?, now())", [version, name])
        ran.append(name)
    return ran
