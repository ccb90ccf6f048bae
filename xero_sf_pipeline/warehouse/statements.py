"""Finds the text of a SQL statement by schema and table.

One file per derived table in `sql/<schema>/<table>.sql`. Values reach a statement as `$named` parameters only; text is
never put together from data.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def sql(schema: str, name: str) -> str:
    """Return the text of `sql/<schema>/<name>.sql`.

    Raises:
        FileNotFoundError: there is no such statement.
    """
    return files("xero_sf_pipeline").joinpath("sql", schema, f"{name}.sql").read_text(encoding="utf-8")
