"""A warehouse-sized data set straight into `core`, for benchmarks of everything behind extraction.

Belongs here: the six tables that grow with the business (contacts, accounts, invoices, payments, credits, credit
applications) and the three small ones that their readers join. Does not belong here: raw history, or any data for the
tests of the two APIs (that is `generate`). Contacts, accounts and the truth are those of `generate` for the same
specification; invoices obey the same rules (`scale_ledger`) but are others. Only the first organisation is written.

A million invoices take seconds, and memory for one chunk of text columns plus some numbers per invoice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from xero_sf_pipeline.sandbox.company import scale_parties as parties
from xero_sf_pipeline.sandbox.company.generation import generate
from xero_sf_pipeline.sandbox.company.ids import stream
from xero_sf_pipeline.sandbox.company.organisations import Settings
from xero_sf_pipeline.sandbox.company.pairing import pair_first
from xero_sf_pipeline.sandbox.company.scale_columns import (
    RATE,
    Flags,
    Ints,
    chosen,
    days,
    decimals_of,
    fixed_point,
    instants,
    money,
    only_where,
    scrambled,
    text,
    uuids,
)
from xero_sf_pipeline.sandbox.company.scale_ledger import CREDIT_KINDS, CURRENCY_CODES, DELETED, STATUSES, ScaledLedger
from xero_sf_pipeline.sandbox.company.spec import CompanySpec
from xero_sf_pipeline.sandbox.company.traits import traits_of

CHUNK_INVOICES: Final = 200_000
_CREDIT_TYPES: Final = ("ACCRECCREDIT", "RECEIVE-OVERPAYMENT", "RECEIVE-PREPAYMENT")


def write_core(connection: duckdb.DuckDBPyConnection, spec: CompanySpec) -> dict[str, int]:
    """Replace the `core` tables named in `core_tables` by generated ones; returns their row counts.

    Other tables of the schema are left alone: build an empty warehouse first when its readers need them.
    """
    connection.execute("create schema if not exists core")
    counts: dict[str, int] = {}
    for name, batch in core_tables(spec):
        connection.register("generated_rows", batch)
        verb = f"insert into core.{name} by name" if name in counts else f"create or replace table core.{name} as"
        connection.execute(f"{verb} select * from generated_rows")  # noqa: S608 - a constant name
        connection.unregister("generated_rows")
        counts[name] = counts.get(name, 0) + batch.num_rows
    return counts


def core_tables(spec: CompanySpec) -> Iterator[tuple[str, pa.Table]]:
    """The tables in order, large ones in several parts: (table name, rows).

    Names: organisations, contacts, users, people, accounts, invoices, payments, credits, credit_applications. Columns
    and types are those of `sql/core`; money is decimal(18, 4) in `currency_code`.
    """
    settings = Settings(spec, 0)
    pair = pair_first(spec, settings.profile.country)
    traits = traits_of(spec, settings, pair.contacts)
    ledger = ScaledLedger(spec, settings, pair.contacts, traits)
    yield "organisations", parties.organisations_table(settings)
    contact_keys: pa.Array = pa.array([], pa.string())
    for name, table in _party_tables(spec, ledger):
        contact_keys = table["contact_key"].combine_chunks() if name == "contacts" else contact_keys
        yield name, table
    writer = _DocumentTables(spec, settings, ledger, contact_keys)
    for first in range(0, max(spec.invoices, 1), CHUNK_INVOICES):
        yield from writer.tables(np.arange(first, min(first + CHUNK_INVOICES, spec.invoices), dtype=np.int64))


def _party_tables(spec: CompanySpec, ledger: ScaledLedger) -> Iterator[tuple[str, pa.Table]]:
    company = generate(replace(spec, invoices=0, organisations=1, stories=False))
    is_customer = parties.used_by(spec.contacts, ledger.contact[ledger.is_sale])
    is_supplier = parties.used_by(spec.contacts, ledger.contact[~ledger.is_sale])
    yield "contacts", parties.contacts_table(company, is_customer, is_supplier)
    yield "users", parties.users_table(company)
    people = parties.people_table(company)
    yield "people", people
    yield "accounts", parties.accounts_table(company, people)


class _DocumentTables:
    """Turns the ledger's arrays into Arrow tables, one range of invoice positions at a time."""

    def __init__(self, spec: CompanySpec, settings: Settings, ledger: ScaledLedger, contact_keys: pa.Array) -> None:
        self._ledger = ledger
        self._contact_keys = contact_keys
        self._tenant = settings.tenant_id
        self._link = f"https://go.xero.com/app/{settings.profile.short_code}/invoicing/view/"
        self._count = spec.invoices
        kinds = ("invoice", "payment", "credit", "application", "reference")
        self._salts = {kind: stream(spec.seed, "scale-ids", kind).getrandbits(64) for kind in kinds}

    def tables(self, at: Ints) -> Iterator[tuple[str, pa.Table]]:
        """The rows of the invoices at these positions, with everything that belongs to them."""
        yield "invoices", self._invoices(at)
        yield "payments", self._payments(at)
        yield "credits", self._credits(at)
        yield "credit_applications", self._applications(at)

    def _invoices(self, at: Ints) -> pa.Table:
        ledger = self._ledger
        ids = uuids(at, self._salts["invoice"])
        is_sale = ledger.is_sale[at]
        dice = scrambled(at, self._salts["reference"])
        numbers = decimals_of(at + 1, 8)
        number = pa.compute.if_else(
            pa.array(is_sale), text(numbers, before="INV-"), text(numbers, before="SUP-")
        )  # a gap in one series is a document of the other
        reference = text(decimals_of((dice % np.uint64(90_000)).astype(np.int64) + 10_000, 5), before="PO ")
        return pa.table(
            {
                "invoice_key": self._keys(ids),
                "tenant_id": self._tenants(at),
                "xero_invoice_id": text(ids),
                "contact_key": self._contact_keys.take(pa.array(ledger.contact[at])),
                "invoice_number": number,
                "reference": only_where(is_sale & (dice >> np.uint64(40) & np.uint64(1) == 0), reference),
                "invoice_type": chosen(is_sale.astype(np.int8), ("ACCPAY", "ACCREC")),
                "invoice_status": chosen(ledger.status[at], STATUSES),
                "line_amount_types": chosen(np.zeros(len(at), dtype=np.int8), ("Exclusive",)),
                "issued_on": days(ledger.issued[at]),
                "due_on": days(ledger.due[at]),
                "expected_payment_on": days(ledger.expected[at]),
                "fully_paid_on": days(ledger.fully_paid[at]),
                "currency_code": chosen(ledger.currency[at], CURRENCY_CODES),
                "currency_rate": fixed_point(ledger.rate[at], RATE),
                "amount_subtotal": money(ledger.subtotal[at]),
                "amount_tax": money(ledger.tax[at]),
                "amount_total": money(ledger.total[at]),
                "amount_due": money(ledger.amount_due[at]),
                "amount_paid": money(ledger.paid[at]),
                "amount_credited": money(ledger.credited[at]),
                "is_deleted": pa.array(ledger.status[at] == DELETED),
                "updated_at": instants(ledger.updated[at]),
                "xero_url": text(ids, before=self._link),
            }
        )

    def _payments(self, at: Ints) -> pa.Table:
        ledger = self._ledger
        parts = (
            (0, ledger.paid_1, ledger.day_1, ledger.changed_1),
            (1, ledger.paid_2, ledger.day_2, ledger.changed_2),
            (2, ledger.bounced, ledger.bounced_day, ledger.bounced_at),
        )
        return pa.concat_tables(
            [self._payment_part(at[amount[at] > 0], n, amount, day, changed) for n, amount, day, changed in parts]
        )

    def _payment_part(self, at: Ints, part: int, amount: Ints, day: Ints, changed: Ints) -> pa.Table:
        ledger = self._ledger
        ids = uuids(at * 3 + part, self._salts["payment"])
        is_deleted: Flags = np.full(len(at), part == 2)
        return pa.table(
            {
                "payment_key": self._keys(ids),
                "tenant_id": self._tenants(at),
                "xero_payment_id": text(ids),
                "payment_type": chosen(ledger.is_sale[at].astype(np.int8), ("ACCPAYPAYMENT", "ACCRECPAYMENT")),
                "payment_status": chosen(is_deleted.astype(np.int8), ("AUTHORISED", "DELETED")),
                "document_kind": chosen(np.zeros(len(at), dtype=np.int8), ("invoice",)),
                "document_key": self._keys(uuids(at, self._salts["invoice"])),
                "paid_on": days(day[at]),
                "amount_paid": money(amount[at]),
                "currency_code": chosen(ledger.currency[at], CURRENCY_CODES),
                "currency_rate": fixed_point(ledger.rates_on(day[at], at), RATE),
                "is_deleted": pa.array(is_deleted),
                "updated_at": instants(changed[at]),
            }
        )

    def _credits(self, at: Ints) -> pa.Table:
        ledger = self._ledger
        applied, kept = at[ledger.credited[at] > 0], at[ledger.kept[at] > 0]
        positions = np.concatenate([applied, kept])
        total = np.concatenate([ledger.credit_total[applied], ledger.kept[kept]])
        remaining = total - np.concatenate([ledger.credited[applied], np.zeros_like(kept)])
        issued = np.concatenate([ledger.credit_day[applied], ledger.kept_day[kept]])
        changed = np.concatenate([ledger.credit_changed[applied], ledger.kept_changed[kept]])
        used = np.concatenate([ledger.applied_on[applied], np.zeros_like(kept)])
        kind = ledger.credit_kind[positions]
        serial = np.concatenate([applied, kept + self._count])
        ids = uuids(serial, self._salts["credit"])
        return pa.table(
            {
                "credit_key": self._keys(ids),
                "tenant_id": self._tenants(positions),
                "credit_kind": chosen(kind, CREDIT_KINDS),
                "xero_credit_id": text(ids),
                "contact_key": self._contact_keys.take(pa.array(ledger.contact[positions])),
                "credit_note_number": only_where(kind == 0, text(decimals_of(serial + 1, 8), before="CN-")),
                "credit_type": chosen(kind, _CREDIT_TYPES),
                "credit_status": chosen((remaining == 0).astype(np.int8), ("AUTHORISED", "PAID")),
                "issued_on": days(issued),
                "fully_paid_on": only_where((remaining == 0) & (kind == 0), days(used)),
                "reference": only_where(np.zeros(len(positions), dtype=bool), chosen(kind, CREDIT_KINDS)),
                "currency_code": chosen(ledger.currency[positions], CURRENCY_CODES),
                "currency_rate": fixed_point(ledger.rates_on(issued, positions), RATE),
                "amount_subtotal": only_where(kind == 0, money(total)),
                "amount_tax": only_where(kind == 0, money(np.zeros_like(total))),
                "amount_total": money(total),
                "amount_remaining": money(remaining),
                "is_deleted": pa.array(np.zeros(len(positions), dtype=bool)),
                "updated_at": instants(changed),
            }
        )

    def _applications(self, at: Ints) -> pa.Table:
        ledger = self._ledger
        at = at[ledger.credited[at] > 0]
        return pa.table(
            {
                "application_key": self._keys(uuids(at, self._salts["application"])),
                "tenant_id": self._tenants(at),
                "credit_key": self._keys(uuids(at, self._salts["credit"])),
                "credit_kind": chosen(ledger.credit_kind[at], CREDIT_KINDS),
                "invoice_key": self._keys(uuids(at, self._salts["invoice"])),
                "applied_on": days(ledger.applied_on[at]),
                "amount_applied": money(ledger.credited[at]),
                "currency_code": chosen(ledger.currency[at], CURRENCY_CODES),
                "is_deleted": pa.array(np.zeros(len(at), dtype=bool)),
            }
        )

    def _keys(self, ids: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> pa.Array:
        return text(ids, before=f"{self._tenant}:")

    def _tenants(self, at: Ints) -> pa.Array:
        return chosen(np.zeros(len(at), dtype=np.int8), (self._tenant,))
