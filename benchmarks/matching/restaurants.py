"""The public Fodors/Zagats restaurant set, mapped to contacts and accounts. The model was not fitted to it.

The files stay where they are (their licence is not stated): they are read, never copied. A restaurant's name, address,
city and telephone become the same columns of a contact (Fodors) and an account (Zagats); its kind of food is not used.
"""

from __future__ import annotations

import csv
from pathlib import Path

from benchmarks.matching.tables import Labelled

DEFAULT_FOLDER = Path(__file__).resolve().parents[3] / "shared" / "match_data" / "fodors_zagats"


def read(folder: Path = DEFAULT_FOLDER) -> Labelled:
    """Return 533 contacts, 331 accounts and the 112 true links."""
    table = Labelled()
    for row in _rows(folder / "fodors.csv"):
        table.contacts.append(
            {
                "contact_key": f"fodors:{row['id']}",
                "contact_name": row["name"],
                "street": row["addr"],
                "city": row["city"],
                "phone": row["phone"],
            }
        )
        table.truth[f"fodors:{row['id']}"] = None
    for row in _rows(folder / "zagats.csv"):
        table.accounts.append(
            {
                "sf_account_id": f"zagats:{row['id']}",
                "account_name": row["name"],
                "street": row["addr"],
                "city": row["city"],
                "phone": row["phone"],
            }
        )
    for row in _rows(folder / "matches_fodors_zagats.csv"):
        table.truth[f"fodors:{row['fodors_id']}"] = f"zagats:{row['zagats_id']}"
    return table


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: value.strip() for name, value in row.items()} for row in csv.DictReader(file)]
