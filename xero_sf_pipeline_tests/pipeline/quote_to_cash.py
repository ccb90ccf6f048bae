"""A small firm in which people sell in Salesforce and keep the books in Xero, with billing and payment facts switched on.

Belongs here: starting it, one step of a story until both systems agree, and looking at what is in Xero. Does not belong
here: any expectation of a single story.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xero_sf_pipeline.planning.planner import PlanReport
from xero_sf_pipeline.sandbox.company import CompanySpec
from xero_sf_pipeline_tests.pipeline.sales_office import SalesOffice
from xero_sf_pipeline_tests.pipeline.works import TODAY, Works, serving, works_of
from xero_sf_pipeline_tests.pipeline.xero_office import XeroOffice

SCOPES = "accounting.invoices accounting.payments accounting.contacts accounting.settings"
POLICY = """
version: 1
currency: {salesforce: GBP}
payment_status: {enabled: true}
billing:
  enabled: true
  from_close_date: 2026-03-16
  lines: [{name: all sales, account_code: "200", tax_type: OUTPUT2}]
"""
FIRM = CompanySpec(contacts=1, invoices=0, accounts=1, as_of=TODAY, messy=False)

Round = list[tuple[str, str]]
Row = dict[str, Any]


@dataclass(frozen=True)
class Firm:
    """The works, and the people of both sides."""

    works: Works
    office: XeroOffice
    sales: SalesOffice

    def customer(self, name: str) -> tuple[str, str]:
        """Make a contact and its account, which names it; return both ids."""
        contact = self.office.add_contact(name, email_address=f"bills@{name.split()[0].lower()}.example")
        return contact, self.sales.add_account(name, Xero_Contact_ID__c=contact)

    def start(self) -> None:
        """Read everything, and settle what there is."""
        self.works.extract()
        self.settle(with_contacts=True)

    def sync(self, *, with_contacts: bool = False) -> PlanReport:
        """Read what people and we change in the stories, and plan. All else stands still after the start."""
        self.works.pass_time(minutes=1)
        self.works.extract(
            xero=("invoices", "credit_notes", "payments", *(("contacts",) if with_contacts else ())),
            salesforce=(
                "accounts", "opportunities", "opportunity_lines", "xero_invoices",
                *(("xero_contacts",) if with_contacts else ()),
            ),
        )  # fmt: skip
        return self.works.derive_and_plan()

    def settle(self, *, with_contacts: bool = False) -> list[tuple[Round, list[str]]]:
        """Plan and push until the plan is empty: by round what was planned, and the calls that wrote.

        At the end nothing waits, every truth of `sql/checks` holds, and no reference stands on two invoices.
        """
        rounds = []
        for _ in range(4):
            self.works.running.log.clear()
            self.sync(with_contacts=with_contacts)
            planned = self.works.planned()
            report = self.works.push()
            assert (report.confirmed_count, report.refused, report.not_sent) == (len(planned), (), ())
            if not planned:
                assert self.calls() == []
                assert self.works.offenders() == {}
                self.invoices()
                return rounds
            rounds.append((planned, self.calls()))
        raise AssertionError(f"the plan does not become empty: {rounds}")

    def calls(self) -> list[str]:
        """Every call since the log was cleared that could change something: its method and the end of its path."""
        return sorted(f"{method} {path.partition('/2.0/')[2] or _object(path)}" for method, path in self._sent())

    def _sent(self) -> list[tuple[str, str]]:
        return [call for call in self.works.writes_sent() if not call[1].endswith("/connect/token")]

    def invoices(self) -> dict[str, Row]:
        """Invoices in Xero that carry a reference of ours (deal, slash, instalment), by reference: each once."""
        books = self.works.running.sandbox.xero.store
        found = [row for row in books.select(self.works.tenant_id, "Invoices") if "/" in str(row.get("Reference"))]
        assert len(found) == len({row["Reference"] for row in found}), "two invoices with one reference"
        return {row["Reference"]: row for row in found}

    def one(self, object_name: str, **wanted: Any) -> Row:
        """The only record of the org with these values."""
        (row,) = self.works.org(object_name, **wanted)
        return row


def _object(path: str) -> str:
    return path.partition("/composite/sobjects")[2].strip("/").partition("/")[0] or "sobjects"


@contextmanager
def firm(folder: Path, *, policy: str = POLICY, spec: CompanySpec = FIRM) -> Iterator[Firm]:
    """A served firm whose first run is done: nothing is planned any more."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "policy.yaml").write_text(policy, encoding="utf-8")
    with serving(spec) as running, works_of(running, folder, xero_scopes=SCOPES) as works:
        yield Firm(works, XeroOffice(running.url, works.tenant_id), SalesOffice(running.url))
