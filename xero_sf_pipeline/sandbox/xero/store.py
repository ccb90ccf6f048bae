"""Where the Xero side keeps its documents: SQLite, one row per document.

Grain: (tenant, kind, id). A slim table of indexed columns is scanned and sorted; the document itself is JSON text in a
table of its own, so that a list page is the concatenation of stored texts. No rules here, only storage.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from xero_sf_pipeline.sandbox.xero.dates import parse_ms
from xero_sf_pipeline.sandbox.xero.json_text import decode, encode
from xero_sf_pipeline.sandbox.xero.kinds import KINDS, Kind

_SCHEMA = """
create table if not exists documents (
    doc integer primary key, tenant text not null, kind text not null, id text not null, number text collate nocase,
    name text, status text, type text, contact_id text, updated_ms integer, date_ms integer, due_ms integer,
    amount_due real, open_base real, fine_prices integer not null);
create table if not exists bodies (doc integer primary key, body text not null);
create table if not exists history (tenant text, kind text, id text, position integer primary key, record text);
create table if not exists meta (key text primary key, value text not null);
"""
_INDEXES = """
create unique index if not exists documents_id on documents (tenant, kind, id);
create index if not exists documents_updated on documents (tenant, kind, updated_ms, id);
create index if not exists documents_number on documents (tenant, kind, number);
create index if not exists documents_name on documents (tenant, kind, name);
create index if not exists documents_contact on documents (tenant, contact_id, kind);
create index if not exists history_document on history (tenant, kind, id);
"""
_INSERT = "insert into documents values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

Document = dict[str, Any]


class Store:
    """The documents of all tenants. Hold `lock` around a read-then-write; every method takes it by itself too."""

    def __init__(self, path: str) -> None:
        self.lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, cached_statements=256)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.execute("pragma cache_size = -65536")
        self._db.executescript(_SCHEMA + _INDEXES)
        self._next_doc = int(self._db.execute("select coalesce(max(doc), 0) + 1 from documents").fetchone()[0])
        self._depth = 0
        self._counts: dict[tuple[object, ...], int] = {}
        """What was counted since the last change: every page of a list states the same total."""
        self._counted_at = -1

    def close(self) -> None:
        """Close the database."""
        with self.lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the block all or nothing. Nested blocks are savepoints."""
        with self.lock:
            name = f"level_{self._depth}"
            self._db.execute(f"savepoint {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._db.execute(f"rollback to {name}")
                self._counts.clear()
                raise
            finally:
                self._depth -= 1
                self._db.execute(f"release {name}")

    def load(self, tenant: str, kind: Kind, documents: Iterable[Mapping[str, Any]]) -> int:
        """Insert many new documents in read shape at once; return how many."""
        with self.transaction():
            first = self._next_doc
            batch_rows, batch_bodies = [], []
            for document in documents:
                batch_rows.append(_row(self._next_doc, tenant, kind, document))
                batch_bodies.append((self._next_doc, encode(document).decode()))
                self._next_doc += 1
                if len(batch_rows) == 5000:
                    self._insert(batch_rows, batch_bodies)
                    batch_rows, batch_bodies = [], []
            self._insert(batch_rows, batch_bodies)
            return self._next_doc - first

    def _insert(self, rows: list[tuple[object, ...]], bodies: list[tuple[int, str]]) -> None:
        self._db.executemany(_INSERT, rows)
        self._db.executemany("insert into bodies values (?, ?)", bodies)

    def put(self, tenant: str, kind: str, document: Mapping[str, Any]) -> None:
        """Insert a document, or replace the one with its id."""
        entity = KINDS[kind]
        with self.transaction():
            found = self._db.execute(
                "select doc from documents where tenant = ? and kind = ? and id = ?",
                (tenant, kind, _id(entity, document)),
            ).fetchone()
            if found is None:
                doc, self._next_doc = self._next_doc, self._next_doc + 1
            else:
                doc = int(found[0])
                self._db.execute("delete from documents where doc = ?", (doc,))
                self._db.execute("delete from bodies where doc = ?", (doc,))
            self._insert([_row(doc, tenant, entity, document)], [(doc, encode(document).decode())])

    def get(self, tenant: str, kind: str, id_: str) -> Document | None:
        """Return a document by id, or None."""
        found = self.select(tenant, kind, "d.id = ?", [str(id_).lower() if _has_guid(kind) else id_])
        return found[0] if found else None

    def by_number(self, tenant: str, kind: str, number: str) -> list[Document]:
        """Return the documents with a number or code, compared without case, oldest change first."""
        return self.select(tenant, kind, "d.number = ?", [number])

    def by_name(self, tenant: str, kind: str, name: str) -> list[Document]:
        """Return the documents with a name; case and white space do not count."""
        return self.select(tenant, kind, "d.name = ?", [name_key(name)])

    def select(self, tenant: str, kind: str, condition: str = "1", values: Iterable[object] = ()) -> list[Document]:
        """Return decoded documents that meet a fixed SQL condition on the index columns (alias d) or text (b.body)."""
        return [decode(body) for body, _ in self.texts(tenant, kind, condition, values, "d.updated_ms, d.id")]

    def texts(
        self,
        tenant: str,
        kind: str,
        condition: str,
        values: Iterable[object],
        order: str,
        limit: int = -1,
        offset: int = 0,
    ) -> list[tuple[str, bool]]:
        """Return stored texts in order, each with a flag: does a unit price need more than two decimals?"""
        join = "join bodies b using (doc)" if "b.body" in condition + order else ""
        sql = (  # find the rows in the slim table first, so that skipped pages never touch a document's text
            "select t.body, f.fine_prices from "  # noqa: S608
            f"(select d.doc from documents d {join} where d.tenant = ? and d.kind = ? and ({condition}) "
            f"order by {order} limit ? offset ?) s "
            "cross join documents f on f.doc = s.doc cross join bodies t on t.doc = s.doc"
        )
        with self.lock:
            rows = self._db.execute(sql, (tenant, kind, *values, limit, offset)).fetchall()
        return [(body, bool(fine)) for body, fine in rows]

    def count(self, tenant: str, kind: str, condition: str = "1", values: Iterable[object] = ()) -> int:
        """Count documents that meet a fixed SQL condition."""
        join = "join bodies b using (doc)" if "b.body" in condition else ""
        sql = f"select count(*) from documents d {join} where d.tenant = ? and d.kind = ? and ({condition})"  # noqa: S608
        key = (sql, tenant, kind, *values)
        with self.lock:
            if self._counted_at != self._db.total_changes:
                self._counts.clear()
                self._counted_at = self._db.total_changes
            if key not in self._counts:
                self._counts[key] = int(self._db.execute(sql, key[1:]).fetchone()[0])
            return self._counts[key]

    def rows(self, sql: str, values: Iterable[object] = ()) -> list[tuple[Any, ...]]:
        """Run a fixed query."""
        with self.lock:
            return self._db.execute(sql, tuple(values)).fetchall()

    def delete(self, tenant: str, kind: str, id_: str) -> bool:
        """Remove a document without a trace; tell whether it was there."""
        with self.transaction():
            found = self.rows("select doc from documents where tenant = ? and kind = ? and id = ?", (tenant, kind, id_))
            for (doc,) in found:
                self._db.execute("delete from documents where doc = ?", (doc,))
                self._db.execute("delete from bodies where doc = ?", (doc,))
            return bool(found)

    def add_history(self, tenant: str, kind: str, id_: str, record: Document) -> None:
        """Append a history record to a document."""
        with self.lock:
            self._db.execute(
                "insert into history (tenant, kind, id, record) values (?, ?, ?, ?)",
                (tenant, kind, id_, encode(record).decode()),
            )

    def history(self, tenant: str, kind: str, id_: str) -> list[Document]:
        """Return the history of a document, newest first."""
        sql = "select record from history where tenant = ? and kind = ? and id = ? order by position desc"
        return [decode(record) for (record,) in self.rows(sql, (tenant, kind, id_))]

    def meta(self, key: str) -> Any:
        """Return a stored setting or None."""
        found = self.rows("select value from meta where key = ?", (key,))
        return decode(found[0][0]) if found else None

    def set_meta(self, key: str, value: Any) -> None:
        """Store a setting."""
        with self.lock:
            self._db.execute("insert or replace into meta values (?, ?)", (key, encode(value).decode()))

    def tenants(self) -> list[str]:
        """Return the tenant ids with an organisation, in the order of loading."""
        return [
            tenant for (tenant,) in self.rows("select tenant from documents where kind = 'Organisation' order by doc")
        ]


def name_key(name: str) -> str:
    """Return what two contact names must differ in: case and white space are folded (undocumented at Xero)."""
    return " ".join(name.casefold().split())


def _has_guid(kind: str) -> bool:
    return kind not in ("TaxRates", "Currencies")


def _id(kind: Kind, document: Mapping[str, Any]) -> str:
    id_ = str(document[kind.id_field])
    return id_.lower() if _has_guid(kind.name) else id_


def _row(doc: int, tenant: str, kind: Kind, document: Mapping[str, Any]) -> tuple[object, ...]:
    contact = document.get("Contact") or {}
    amount_due = document.get("AmountDue")
    return (
        doc,
        tenant,
        kind.name,
        _id(kind, document),
        document.get(kind.number_field) if kind.number_field else None,
        name_key(document["Name"]) if document.get("Name") else None,
        document.get("ContactStatus") if kind.name == "Contacts" else document.get("Status"),
        document.get("Type"),
        contact.get("ContactID"),
        _ms(document.get("UpdatedDateUTC")),
        _ms(document.get("Date")),
        _ms(document.get("DueDate") or document.get("ExpiryDate")),
        None if amount_due is None else float(amount_due),
        _open_base(document),
        any(_is_fine(line.get("UnitAmount")) for line in document.get("LineItems") or ())
        or any(_is_fine((document.get(name) or {}).get("UnitPrice")) for name in ("SalesDetails", "PurchaseDetails")),
    )


def _open_base(document: Mapping[str, Any]) -> float:
    """Return what is open in base currency: an invoice's amount due, or a credit's remainder as a negative."""
    rate = float(document.get("CurrencyRate") or 1)
    return (float(document.get("AmountDue") or 0) - float(document.get("RemainingCredit") or 0)) / rate


def _ms(text: str | None) -> int | None:
    return parse_ms(text) if text else None


def _is_fine(price: Any) -> bool:
    if price is None or isinstance(price, int):
        return False
    exact = price if isinstance(price, Decimal) else Decimal(str(price))
    return exact != round(exact, 2)
