"""`xero-sf policy check` and `test`, and what `xero-sf plan --policy` shows, on files and a served org."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from xero_sf_pipeline.cli import policy as commands
from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.mapping.checks import mapping_problems, run_cases
from xero_sf_pipeline.policy.mappings import FieldMapping
from xero_sf_pipeline.sandbox.company import CompanySpec
from xero_sf_pipeline_tests.pipeline.works import TODAY, Works, serving, works_of

CODE = {"salesforce": "Account.Code__c", "xero": "Contact.CompanyNumber"}


class Field:
    """A field as Salesforce describes it."""

    def __init__(self, kind: str = "string", length: int = 40, **more: Any) -> None:
        self.type, self.length = kind, length
        self.scale: int = more.get("scale", 2)
        self.is_updateable: bool = more.get("is_updateable", True)
        self.is_calculated: bool = more.get("is_calculated", False)
        self.is_restricted: bool = more.get("is_restricted", False)
        self.picklist_values: tuple[str, ...] = more.get("picklist_values", ())


@pytest.mark.parametrize(
    ("mapping", "field", "problem"),
    [
        ({}, None, "has no such field"),
        ({}, Field(is_updateable=False), "may not write it"),
        ({}, Field("date"), "is a date; transform text needs"),
        ({"transform": "decimal"}, Field("string"), "transform decimal needs one of currency"),
        ({"transform": "decimal", "decimals": 4}, Field("currency", 0), "keeps 2 decimals, 4 would be sent"),
        ({"xero": "Contact.UpdatedDateUTC"}, Field("date"), "transform instant needs one of datetime"),
        ({"cut": 50}, Field(length=40), "takes 40 characters, up to 50 would be sent"),
        ({}, Field("picklist", is_restricted=True), "map Xero's values to its own"),
        ({"map": {"a": "B"}}, Field("picklist", is_restricted=True, picklist_values=("C",)), "picklist without B"),
    ],
)
def test_a_field_that_cannot_take_the_values_is_told(
    mapping: dict[str, Any], field: Field | None, problem: str
) -> None:
    (found,) = mapping_problems(FieldMapping.model_validate(CODE | mapping), field)
    assert problem in found


def test_a_field_that_fits_is_no_problem() -> None:
    assert mapping_problems(FieldMapping.model_validate(CODE), Field()) == []
    assert mapping_problems(FieldMapping.model_validate(CODE | {"transform": "decimal"}), Field("currency", 0)) == []


def test_cases_run_both_ways_and_compare() -> None:
    both = FieldMapping.model_validate(CODE | {"direction": "both", "map": {"A": "Alpha"}})
    results = list(
        run_cases(
            [both],
            [
                {"mapping": "Account.Code__c", "xero": "A", "expect": "Alpha"},
                {"mapping": "Account.Code__c", "salesforce": "Alpha", "expect": "A", "name": "back"},
                {"mapping": "Account.Code__c", "xero": "b", "salesforce": "B ", "expect": "equal"},
                {"mapping": "Account.Code__c", "xero": "b", "expect": "c"},
            ],
        )
    )
    assert [one.passed for one in results] == [True, True, True, False]
    assert (results[1].name, results[3].name, results[3].found) == ("back", "case 4, Account.Code__c", "b")
    with pytest.raises(ValueError, match=r"case 1: the policy has no mapping of 'Account\.Other__c'"):
        list(run_cases([both], [{"mapping": "Account.Other__c", "xero": "A"}]))


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    folder: Path = tmp_path_factory.mktemp("preview")
    with serving(CompanySpec(contacts=12, invoices=20, accounts=10, as_of=TODAY)) as running, works_of(running, folder) as works:  # fmt: skip
        works.sync()
        with works.pipeline() as pipeline:
            pipeline.publish()
        yield works


def test_a_preview_shows_what_would_change_and_stores_nothing(
    works: Works, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new.yaml"
    new.write_text("version: 1\nautomation: {case.open: 'off'}\nparties: {enabled: true}\n", encoding="utf-8")
    before = works.planned()
    commands.preview(works.settings, new, as_json=True, clock=works.running.clock)
    shown = json.loads(capsys.readouterr().out)
    changes = {row["kind"]: (row["writes"], row["writes_then"]) for row in shown["changes"]}
    opened = sum(kind == "case.open" for kind, _ in before)
    assert opened > 0
    assert changes["case.open"][1] == 0
    assert sum(row["writes"] for row in shown["kinds"] if row["kind"] == "case.open") == opened
    assert changes["account.update"][1] > changes["account.update"][0]
    assert works.planned() == before
    gone = [row for row in shown["writes"] if (row["change"], row["kind"]) == ("gone", "case.open")]
    assert len(gone) == opened
    assert all(row["explanation"].startswith("case.open/") for row in gone)


def test_a_preview_tells_which_writes_would_newly_wait_for_a_person(
    works: Works, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new.yaml"
    new.write_text("version: 1\nautomation: {case.open: needs_approval}\n", encoding="utf-8")
    commands.preview(works.settings, new, as_json=True, clock=works.running.clock)
    shown = json.loads(capsys.readouterr().out)
    opened = sum(kind == "case.open" for kind, _ in works.planned())
    (total,) = [row for row in shown["changes"] if row["kind"] == "case.open"]
    assert (total["writes"], total["writes_then"], total["waiting"], total["waiting_then"]) == (
        opened,
        opened,
        0,
        opened,
    )
    assert [row["change"] for row in shown["writes"]] == ["waits for a person"] * opened
    commands.preview(works.settings, new, clock=works.running.clock)
    assert "waits for a person" in capsys.readouterr().out


def test_a_preview_of_a_broken_file_names_its_problems(works: Works, tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    new.write_text("parties: {enable: true}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        commands.preview(works.settings, new, clock=works.running.clock)
    assert caught.value.problems[0].startswith("parties.enable: this key does not exist here")


def test_the_check_asks_the_org_for_the_mapped_fields(
    works: Works, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "load_settings", lambda: works.settings)
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("mappings: [{salesforce: Account.Industry, xero: Contact.CompanyNumber}]\n", encoding="utf-8")
    bad.write_text("mappings: [{salesforce: Account.Nowhere__c, xero: Contact.CompanyNumber}]\n", encoding="utf-8")
    commands.check(good)
    with pytest.raises(ConfigError) as caught:
        commands.check(bad)
    assert caught.value.problems == [
        "Account.Nowhere__c: the org has no such field, or the integration user may not read it"
    ]
    with pytest.raises(ConfigError) as offline:  # the org's fields as they were mirrored
        commands.check(bad, offline=True)
    assert offline.value.problems == caught.value.problems
    capsys.readouterr()
    commands.check(good, offline=True)
    assert "the org has their fields, as described on 2026-03-16" in capsys.readouterr().err


def test_without_a_mirror_the_check_says_what_it_did_not_compare(
    works: Works, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = works.settings.model_copy(update={"xero_sf_data_dir": tmp_path / "none"})
    monkeypatch.setattr(commands, "load_settings", lambda: empty)
    path = tmp_path / "new.yaml"
    path.write_text("mappings: [{salesforce: Product2.Nowhere__c, xero: Item.Name}]\n", encoding="utf-8")
    commands.check(path, offline=True)
    assert "Not compared with the org: Product2" in " ".join(capsys.readouterr().err.split())


def test_a_named_file_is_checked_without_any_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It asked for credentials first, although it asks no system."""

    def no_settings() -> None:
        raise AssertionError("settings were read")

    monkeypatch.setattr(commands, "load_settings", no_settings)
    path = tmp_path / "new.yaml"
    path.write_text("billing: {enable: true}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        commands.check(path, offline=True)
    assert caught.value.problems[0].startswith("billing.enable: this key does not exist here")


def test_failed_cases_end_the_command_with_an_error(
    works: Works, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules, cases = tmp_path / "policy.yaml", tmp_path / "cases.yaml"
    rules.write_text("mappings: [{salesforce: Account.Code__c, xero: Contact.CompanyNumber}]\n", encoding="utf-8")
    cases.write_text("cases: [{mapping: Account.Code__c, xero: 7, expect: 8}]\n", encoding="utf-8")
    with pytest.raises(typer.Exit) as ended:
        commands.run_test(cases, policy_file=rules, as_json=True)
    assert ended.value.exit_code == 1
    assert json.loads(capsys.readouterr().out) == [
        {"case": "case 1, Account.Code__c", "passed": False, "expected": "8", "found": "7"}
    ]
    cases.write_text("nothing: here\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="no list `cases`"):
        commands.run_test(cases, policy_file=rules)
