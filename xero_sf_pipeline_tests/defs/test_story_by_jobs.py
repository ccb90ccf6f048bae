"""The turns of the product's story by Dagster alone: jobs, the sensor that starts the push, the checks.

The whole story, with part payment and escalation, is told in `pipeline/test_story`; here each turn starts a push by the
sensor, and no turn starts none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import dagster as dg
import pytest

from xero_sf_pipeline_tests.defs.graph import Graph, checks_of, facts_of, served_graph
from xero_sf_pipeline_tests.pipeline.works import TODAY
from xero_sf_pipeline_tests.pipeline.xero_office import XeroOffice

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")  # of owners and backfill policies


@dataclass
class Daemon:
    """Runs the jobs and asks the sensor, as the daemon does, keeping its cursor and the run keys that it has used."""

    graph: Graph
    cursor: str | None = None
    used: list[str] = field(default_factory=list)

    def round(self) -> str:
        """Extract, derive, plan, and push if the sensor wants to; return why not, or `pushed`."""
        results = self.graph.sync()
        checks = {name: found for result in results.values() for name, found in checks_of(result).items()}
        assert [name for name, (passed, _) in checks.items() if not passed] == []
        definitions = self.graph.definitions
        resources = {"pipelines": (definitions.resources or {})["pipelines"]}
        context = dg.build_sensor_context(self.graph.instance, self.cursor, resources=resources)
        answer: Any = definitions.resolve_sensor_def("push_when_planned")(context)
        self.cursor = context.cursor
        if isinstance(answer, dg.SkipReason):
            return str(answer.skip_message)
        assert answer.run_key not in self.used
        self.used.append(answer.run_key)
        assert answer.run_key == facts_of(results["derive_and_plan"])["plan/writes"]["plan_id"]
        assert self.graph.run("push").success
        return "pushed"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A company whose books and org agree already."""
    with served_graph(tmp_path_factory.mktemp("story")) as graph:
        graph.works.sync()
        assert graph.works.push().is_clean
        yield Daemon(graph)


NOTHING = "Nothing to write: both systems agree, or what is planned waits for approval."


def test_jobs_and_the_sensor_act_the_story_of_charles_martin(daemon: Daemon) -> None:
    works = daemon.graph.works
    office = XeroOffice(works.running.url, works.tenant_id)

    def case() -> tuple[Any, ...]:
        (found,) = works.org("Case", Xero_Invoice_Key__c=key)
        return found["Id"], found["AccountId"], found["Status"], found["Priority"], found["Xero_Amount_Due__c"]

    contact = office.add_contact("Charles Martin", email_address="charles@martin.example")
    invoice = office.bill(contact, "INV-CM-1", "1200.00", issued_on=TODAY - timedelta(days=14), due_on=TODAY)
    key = f"{works.tenant_id}:{invoice}"
    assert daemon.round() == "pushed"
    (account,) = works.org("Account", Name="Charles Martin")
    assert works.org("Case", Xero_Invoice_Key__c=key) == []

    works.pass_time(days=1)
    assert daemon.round() == "pushed"
    case_id = case()[0]
    assert case() == (case_id, account["Id"], "New", "High", Decimal("1200.00"))

    payment = office.receive(invoice, "1200.00", date(2026, 3, 17))
    assert daemon.round() == "pushed"
    assert case() == (case_id, account["Id"], "Closed", "High", Decimal("0.00"))

    office.delete_payment(payment)
    assert daemon.round() == "pushed"
    assert case() == (case_id, account["Id"], "New", "High", Decimal("1200.00"))
    works.running.log.clear()
    assert daemon.round() == NOTHING
    assert works.writes_sent() == []

    kinds = works.warehouse(
        "select kind from ledger.current where target_key = $key and state = 'confirmed' order by attempt_number",
        {"key": key},
    )
    assert [row["kind"] for row in kinds] == ["case.open", "case.close", "case.reopen"]
