from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.planning.kinds import WriteKind
from xero_sf_pipeline.policy import Automation, Policy, load_policy, parse_policy

COMMITTED = Path(__file__).parents[2] / "data" / "policy.yaml"


def problems_of(content: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_policy(content)
    return caught.value.problems


def test_the_committed_file_says_exactly_the_defaults() -> None:
    assert load_policy(COMMITTED) == Policy()


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("# nothing\n")
    assert load_policy(path) == Policy()


def test_all_problems_are_told_at_once_with_their_path_and_what_is_allowed() -> None:
    kinds = ", ".join(f"'{kind}'" for kind in WriteKind if kind is not WriteKind.TASK_CLOSE)
    assert problems_of(
        {
            "overdue": {"grace_days": -1, "minimum": 3},
            "cases": {"per": "order", "ladder": [{"from_days": 1, "stage": "a", "colour": "red"}]},
            "automation": {"case.open": "maybe", "case.opn": "auto"},
            "guards": {"share": {"max_share": {"case.close": 2}}},
        }
    ) == [
        "overdue.grace_days: input should be greater than or equal to 0, found -1",
        "overdue.minimum: this key does not exist here; allowed are disputed, grace_days, minimum_amount, "
        "net_unallocated_credit, respect_expected_payment_date",
        "cases.per: input should be 'invoice' or 'account', found 'order'",
        "cases.ladder[0].colour: this key does not exist here; allowed are from_days, owner_id, priority, stage",
        "automation.case.open: input should be 'auto', 'needs_approval' or 'off', found 'maybe'",
        f"automation.case.opn: input should be {kinds} or 'task.close', found 'case.opn'",
        "guards.share.max_share.case.close: input should be less than or equal to 1, found 2",
    ]


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"ladder": [{"from_days": 5, "stage": "a"}]}, "cases: ladder: the first step must start from_days 1, found 5"),
        (
            {"ladder": [{"from_days": 1, "stage": "a"}, {"from_days": 1, "stage": "b"}]},
            "cases: ladder: from_days must rise from step to step, found [1, 1]",
        ),
        (
            {"ladder": [{"from_days": 1, "stage": "a"}, {"from_days": 2, "stage": "a"}]},
            "cases: ladder: every step needs a stage name of its own",
        ),
        ({"owner": {"rule": "fixed"}}, "cases.owner: rule `fixed` needs user_or_queue_id"),
        (
            {"record_type_id": "005000000000001AAA"},
            "cases.record_type_id: '005000000000001AAA' is not the id of a record type: "
            "15 or 18 characters starting 012",
        ),
    ],
)
def test_a_rule_that_cannot_work_is_refused(section: dict[str, object], problem: str) -> None:
    assert problems_of({"cases": section}) == [problem]


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("{invoice_number.__class__}", "does not exist"),
        ("{contact_name[0]}", "does not exist"),
        ("{amount_due:,.2f}", "has a format code"),
        ("{contact_name!r}", "has a format code"),
        ("{", "write a field as"),
        ("{}", "does not exist"),
    ],
)
def test_a_template_can_only_name_known_fields(template: str, part: str) -> None:
    (problem,) = problems_of({"cases": {"texts": {"subject": template}}})
    assert problem.startswith("cases.texts.subject: ")
    assert part in problem


def test_money_is_read_to_the_digit_that_was_written() -> None:
    policy = parse_policy({"overdue": {"minimum_amount": {"default": 0.1, "JPY": 100}}})
    assert policy.overdue.minimum_amount == {"default": Decimal("0.1"), "JPY": Decimal(100)}


def test_a_currency_is_an_iso_code() -> None:
    assert problems_of({"overdue": {"minimum_amount": {"eur": 1}}}) == [
        "overdue.minimum_amount: eur: use ISO codes such as EUR, or `default` for all others"
    ]


def test_kinds_that_are_not_named_keep_their_default() -> None:
    policy = parse_policy({"automation": {"case.close": "needs_approval"}, "guards": {"max_writes": {"case.open": 7}}})
    assert policy.automation[WriteKind.CASE_CLOSE] is Automation.NEEDS_APPROVAL
    assert policy.automation[WriteKind.CASE_OPEN] is Automation.AUTO
    assert policy.guards.max_writes[WriteKind.CASE_OPEN] == 7
    assert policy.guards.max_writes[WriteKind.ACCOUNT_CREATE] == 500


def test_a_key_given_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("overdue:\n  grace_days: 1\n  grace_days: 2\n")
    with pytest.raises(ConfigError) as caught:
        load_policy(path)
    assert caught.value.problems == ["line 3, column 3: the key 'grace_days' is given twice"]


def test_a_file_that_is_not_yaml_says_where(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("cases: [unclosed\n")
    with pytest.raises(ConfigError) as caught:
        load_policy(path)
    assert caught.value.problems[0].startswith("line 2, column 1: ")


def test_a_missing_file_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"There is no policy at .*policy\.yaml.*XERO_SF_POLICY_FILE"):
        load_policy(tmp_path / "policy.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_policy(tmp_path)


def test_the_content_hash_follows_the_rules_and_not_their_writing(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text("overdue: {grace_days: 3}\ncases: {per: account}\n")
    other.write_text("cases:\n  per: account\n# a comment\noverdue:\n  grace_days: 3\n")
    assert load_policy(one).content_hash == load_policy(other).content_hash
    assert load_policy(one).content_hash != Policy().content_hash


def test_a_credit_note_is_never_automatic() -> None:
    assert problems_of({"automation": {"credit_note.create": "auto"}}) == [
        "automation: credit_note.create: a credit note is always approved by a person; use needs_approval or off"
    ]


def test_a_share_is_measured_only_of_kinds_whose_whole_is_known() -> None:
    (problem,) = problems_of({"guards": {"share": {"max_share": {"task.create": 0.5}}}})
    assert problem.startswith("guards.share: task.create: a share is known of account.create,")


def test_a_kind_is_switched_off_by_the_bare_word(tmp_path: Path) -> None:
    """YAML reads it as false, and the policy was refused."""
    path = tmp_path / "policy.yaml"
    path.write_text("automation:\n  case.open: off\n")
    assert load_policy(path).automation[WriteKind.CASE_OPEN] is Automation.OFF
