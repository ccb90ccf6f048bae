"""Counts the calls of every flow of quote to cash through the real push, beside the least that each API allows.

Each kind of write is pushed by itself, and the sandbox's own request log is read afterwards, so that every call belongs
to one kind; sent together, kinds that share an object share calls and cost less. Belongs here: the work, the counting,
the least. Does not belong here: time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.quote_to_cash_company import ServedCompany, serving
from xero_sf_pipeline.planning.kinds import WriteKind
from xero_sf_pipeline.pushing.writes import Write
from xero_sf_pipeline.sandbox.company import CompanySpec

XERO_ELEMENTS = 50
"""Elements in a call, as Xero recommends ("Uploading large volumes": batches of at most 50)."""
COLLECTION_RECORDS = 200
"""Records in an sObject Collections call, Salesforce's limit."""
BULK_ABOVE = 2000
"""Above so many records Salesforce recommends Bulk API 2.0."""
BULK_WRITE_CALLS = 3
"""Make the job, upload, close it."""
TARGET = 1.10

NEW_PRODUCTS = 500
RECORDS = 500
_ROUNDS = 4

_POLICY = """
version: 1
currency: {{salesforce: GBP}}
payment_status: {{enabled: true}}
alerts:
  enabled: true
  owner_id: {owner}
  overdue_beyond_limit: {{days: 1, minimum_amount: {{default: 1}}}}
  credit_note_issued: {{days: 365, forget_after_days: 365, minimum_amount: {{default: 1}}}}
parties: {{enabled: true, fields: {{phone: salesforce_wins}}}}
catalogue: {{direction: {direction}, account_code: "200"}}
quotes: {{enabled: true}}
billing:
  enabled: true
  from_close_date: 2025-01-01
  by_hand_days: 0
  tolerance: {{default: 1}}
  lines: [{{name: without product, account_code: "200"}}]
guards:
  max_writes: {{{max_writes}}}
  max_amount: {{default: 1000000000000}}
  share: {{above_count: 1000000}}
  growth: {{above_count: 1000000}}
"""
_READ = re.compile(r"/composite/sobjects/\w+$|/jobs/query(/|$)|/query(All)?(/|$)")
"""Salesforce paths by which records are only read, whatever the method."""
_LOGIN = re.compile(r"/oauth2/token$|/connect/token$|/connections$", re.IGNORECASE)


@dataclass(frozen=True)
class FlowCalls:
    """What one kind of write cost in one push. Grain: one per (round, kind).

    Attributes:
        least: write calls that the API allows at best for so many records.
        looks: calls that only read: what is there already, what has moved since the plan, the results of a bulk job.
    """

    round: int
    kind: str
    system: str
    records: int
    write_calls: int
    least: int
    looks: int
    is_bulk: bool

    @property
    def ratio(self) -> float:
        return self.write_calls / self.least


def policy(direction: str, owner: str = "null") -> str:
    """Every flow on; no guard holds a plan of this size."""
    kinds = ", ".join(f"{kind.value}: 10000000" for kind in WriteKind)
    return _POLICY.format(direction=direction, owner=owner, max_writes=kinds)


def measure(spec: CompanySpec, folder: Path) -> dict[str, Any]:
    """Push everything that the flows plan, in rounds with changes by people between them."""
    rows: list[FlowCalls] = []
    with serving(spec, folder) as company:
        ((owner,),) = _active_user(company)
        for number in range(1, _ROUNDS + 1):
            if number == 1:
                company.write_policy(policy("salesforce_to_xero", owner))
                _add_products(company)
            elif number == 3:
                _change_in_salesforce(company)
            elif number == 4:
                company.write_policy(policy("xero_to_salesforce", owner))
                _change_in_xero(company)
            company.read()
            rows += _pushed(company, number, company.plan())
            company.pass_time(20)
        left = _settled(company)
    return {
        "deals": spec.won_deals,
        "documents": spec.invoices,
        "left_at_the_end": left,
        "flows": [asdict(row) | {"ratio": round(row.ratio, 3)} for row in rows],
    }


def _active_user(company: ServedCompany) -> list[tuple[Any, ...]]:
    company.read()
    return company.rows("select min(sf_user_id) from raw_salesforce.users_current where is_active")


def _pushed(company: ServedCompany, number: int, planned: Mapping[str, int]) -> Iterator[FlowCalls]:
    for kind in (kind.value for kind in WriteKind):
        if not planned.get(kind):
            continue
        groups = _groups(company, kind)
        company.requests()
        report = company.push({kind})
        if report.refused or report.stopped_because:
            raise RuntimeError(f"{kind} did not go through: {report.stopped_because} {report.refused[:3]}")
        asked = [entry for entry in company.requests() if not _LOGIN.search(entry["path"])]
        if report.confirmed_count != groups.total():
            raise RuntimeError(f"{groups.total()} writes of {kind} were planned, {report.confirmed_count} confirmed")
        writes = [entry for entry in asked if _writes(entry)]
        yield FlowCalls(
            number,
            kind,
            next(iter(groups))[0],
            records=groups.total(),
            write_calls=len(writes),
            least=sum(least_calls(system, count) for (system, *_), count in groups.items()),
            looks=len(asked) - len(writes),
            is_bulk=any("/jobs/ingest" in entry["path"] for entry in writes),
        )


def _groups(company: ServedCompany, kind: str) -> Counter[tuple[str, str, str, str]]:
    """Planned writes by what a call must share: system, tenant, object, and how the record is addressed."""
    columns = "target_system, tenant_id, action, target_key_field, target_key, target_id, payload, target_object"
    groups: Counter[tuple[str, str, str, str]] = Counter()
    for system, tenant, action, field, key, id_, payload, name in company.rows(
        f"select {columns} from plan.writes where kind = '{kind}'"
    ):
        way = action
        if system == "salesforce":
            tenant, way = "", Write("", kind, name, action, field, key, id_, payload).endpoint.value
        groups[system, tenant, name, way] += 1
    return groups


def least_calls(system: str, records: int) -> int:
    """The fewest write calls for so many records of one object that are addressed alike."""
    if system == "xero":
        return -(-records // XERO_ELEMENTS)
    return BULK_WRITE_CALLS if records > BULK_ABOVE else -(-records // COLLECTION_RECORDS)


def _writes(entry: Mapping[str, Any]) -> bool:
    return entry["method"] != "GET" and not (entry["method"] == "POST" and _READ.search(entry["path"]))


def _add_products(company: ServedCompany) -> None:
    """Somebody enters new products with standard prices in Salesforce."""
    ((book,),) = company.rows("select sf_pricebook_id from raw_salesforce.pricebooks_current where is_standard")
    products = [
        {"Name": f"Bench product {n}", "ProductCode": f"BENCH-{n:04}", "Description": f"Number {n}", "IsActive": True}
        for n in range(NEW_PRODUCTS)
    ]
    made = company.change_salesforce([{"action": "insert", "object": "Product2", "row": row} for row in products])
    prices = [
        {"Pricebook2Id": book, "Product2Id": id_, "UnitPrice": 10 + n, "IsActive": True} for n, id_ in enumerate(made)
    ]
    company.change_salesforce([{"action": "insert", "object": "PricebookEntry", "row": row} for row in prices])


def _change_in_salesforce(company: ServedCompany) -> None:
    """Billed deals grow, accounts get other phone numbers, products other descriptions."""
    deals = company.rows(
        "select min(sf_opportunity_line_id), min_by(quantity, sf_opportunity_line_id)::integer + 1 "
        "from raw_salesforce.opportunity_lines_current join billing.invoice_links using (sf_opportunity_id) "
        f"group by sf_opportunity_id order by 1 limit {RECORDS}"
    )
    linked = company.rows(
        "select distinct sf_account_id from matching.links where outcome = 'linked' and is_primary "
        f"order by 1 limit {RECORDS}"
    )
    products = company.rows(
        "select sf_product_id from raw_salesforce.products_current where product_code like 'BENCH-%' order by 1"
    )
    company.change_salesforce(
        [_update("OpportunityLineItem", line, {"Quantity": quantity}) for line, quantity in deals]
        + [_update("Account", id_, {"Phone": f"+44 117 496 {n:04}"}) for n, (id_,) in enumerate(linked)]
        + [_update("Product2", id_, {"Description": f"Second edition {n}"}) for n, (id_,) in enumerate(products)]
    )


def _change_in_xero(company: ServedCompany) -> None:
    """Finance enters new items and gives existing ones another price and description."""
    for n in range(NEW_PRODUCTS):
        price = {"UnitPrice": 20 + n, "AccountCode": "200"}
        new = {"Code": f"BOOKS-{n:04}", "Name": f"Books item {n}", "Description": f"From the books {n}"}
        company.change_xero("write", kind="Items", document={**new, "SalesDetails": price})
    for id_, code in company.rows(
        "select xero_item_id, item_code from raw_xero.items_current where item_code like 'BENCH-%' order by 2"
    ):
        changed = {"Code": code, "Description": "Third edition", "SalesDetails": {"UnitPrice": 7, "AccountCode": "200"}}
        company.change_xero("write", kind="Items", document=changed, id=id_)


def _update(object_name: str, id_: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"action": "update", "object": object_name, "id": id_, "row": row}


def _settled(company: ServedCompany) -> dict[str, int]:
    """Read and push until nothing is planned; what is left after the last round."""
    left: dict[str, int] = {}
    for _ in range(_ROUNDS):
        company.read()
        left = company.plan()
        if not left:
            break
        company.push()
        company.pass_time(20)
    return left


def largest(flows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of each kind the push with the most records, in the order of the plan."""
    best: dict[str, Mapping[str, Any]] = {}
    for flow in flows:
        if flow["records"] > best.get(flow["kind"], {"records": 0})["records"]:
            best[flow["kind"]] = flow
    order = [kind.value for kind in WriteKind]
    return sorted(best.values(), key=lambda flow: order.index(flow["kind"]))
