"""The cleaned columns that the peers compare: lower case, no accents, no legal form, telephone suffix, e-mail domain.

Belongs here: what any careful user of a matching library does first, in plain Python, outside the peers' measured time.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pyarrow as pa

from benchmarks.matching.tables import Labelled

FORMS = re.compile(
    r"( (ltd|limited|llp|inc|incorporated|llc|pty|plc|gmbh|co|company|corp|corporation|bv|sarl|sas|sa|srl|spa|ag|kg"
    r"|and co|pte|nv|ab|oy|aps|as))+$"
)
FREE_MAIL = re.compile(
    r"gmail|hotmail|outlook|yahoo|icloud|gmx|web\.de|btinternet|aol|live\.|xtra|bigpond|orange\.fr|t-online"
)
COLUMNS = ["unique_id", "name", "street", "city", "postcode", "phone", "domain", "number"]


def plain(text: str | None) -> str | None:
    if not text:
        return None
    folded = unicodedata.normalize("NFKD", text.lower().replace("&", " and ").replace("ß", "ss"))
    letters = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w]+", " ", re.sub(r"['.]", "", letters)).split()) or None


def columns(labelled: Labelled) -> tuple[pa.Table, pa.Table]:
    """Return (contacts, accounts). Accounts take their first domain: website, then their people's."""
    people: dict[str, str] = {}
    for person in labelled.people:
        if person.get("email"):
            people.setdefault(person["sf_account_id"], person["email"])
    contacts = [
        _row(row["contact_key"], row["contact_name"], row, row.get("email") or row.get("website"))
        for row in labelled.contacts
    ]
    accounts = []
    for row in labelled.accounts:
        if row.get("is_deleted"):
            continue
        domains = row.get("email_domains") or []
        source = row.get("website") or (domains[0] if domains else people.get(row["sf_account_id"]))
        accounts.append(_row(row["sf_account_id"], row["account_name"], row, source))
    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    return pa.Table.from_pylist(contacts, schema=schema), pa.Table.from_pylist(accounts, schema=schema)


def _row(key: str, name: str, row: dict[str, Any], address: str | None) -> dict[str, str | None]:
    text = plain(name) or ""
    digits = re.sub(r"\D", "", re.sub(r"(x|ext)[ .]*\d+$", "", (row.get("phone") or "").lower())).lstrip("0")
    host = re.sub(r"^(https?://)?(www\.)?", "", (address or "").lower().rpartition("@")[2]).split("/")[0]
    return {
        "unique_id": key,
        "name": FORMS.sub("", text) or text,
        "street": plain(row.get("street")),
        "city": plain(row.get("city")),
        "postcode": re.sub(r"\W", "", row.get("postal_code") or "").upper() or None,
        "phone": digits[-9:] if len(digits) >= 7 else None,
        "domain": host if host and not FREE_MAIL.search(host) else None,
        "number": (row.get("account_number") or "").upper() or None,
    }
