"""The business rules that a user may change: the model of `data/policy.yaml`, with defaults.

Belongs here: what may be configured, the allowed values, and reading the file with all its problems told at once.
Does not belong here: the rules' effects (receivables, planning), secrets and addresses (`settings.py`), and the
matching weights (`matching/policy.py`, embedded under `matching`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from xero_sf_pipeline.errors import ConfigError
from xero_sf_pipeline.matching.policy import MatchingPolicy
from xero_sf_pipeline.planning.kinds import WriteKind
from xero_sf_pipeline.planning.templates import template_problem

DEFAULT_CURRENCY = "default"
"""Key that stands for every currency which has no entry of its own."""

SUBJECT_MAX = 255
"""Length of Case.Subject (Salesforce object reference)."""


class CasesPer(StrEnum):
    """What one case stands for."""

    INVOICE = "invoice"
    ACCOUNT = "account"


class UnmatchedInvoices(StrEnum):
    """What happens to an overdue invoice whose contact has no account."""

    HOLD = "hold"
    OPEN_WITHOUT_ACCOUNT = "open_without_account"


class CreateAccountWhen(StrEnum):
    """Which contacts without an account get a new one."""

    CUSTOMER = "customer"
    OVERDUE = "overdue"
    NEVER = "never"


class Automation(StrEnum):
    """How far writes of one kind go by themselves."""

    AUTO = "auto"
    NEEDS_APPROVAL = "needs_approval"
    OFF = "off"


class OwnerRule(StrEnum):
    """Who owns a new case."""

    ACCOUNT_OWNER = "account_owner"
    FIXED = "fixed"
    SALESFORCE_DEFAULT = "salesforce_default"


class WhenExcluded(StrEnum):
    """What happens to an open case whose invoice is no longer chased."""

    KEEP = "keep"
    CLOSE = "close"


def _exact_number(value: object) -> object:
    """YAML reads 0.1 as a binary float; its shortest text is the number that the person wrote."""
    return str(value) if isinstance(value, float) else value


def _currency_keys(amounts: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    wrong = [key for key in amounts if key != DEFAULT_CURRENCY and not re.fullmatch(r"[A-Z]{3}", key)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)}: use ISO codes such as EUR, or `{DEFAULT_CURRENCY}` for all others")
    return amounts


def _salesforce_id(prefixes: tuple[str, ...], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?", value) or not value.startswith(prefixes):
            raise ValueError(
                f"{value!r} is not the id of a {what}: 15 or 18 characters starting {' or '.join(prefixes)}"
            )
        return value

    return AfterValidator(check)


def _template(value: str) -> str:
    problem = template_problem(value)
    if problem:
        raise ValueError(problem)
    return value


Money = Annotated[Decimal, BeforeValidator(_exact_number), Field(ge=0, max_digits=18, decimal_places=4)]
Share = Annotated[Decimal, BeforeValidator(_exact_number), Field(gt=0, le=1)]
MoneyByCurrency = Annotated[dict[str, Money], AfterValidator(_currency_keys)]
UserOrQueueId = Annotated[str, _salesforce_id(("005", "00G"), "user or queue")]
UserId = Annotated[str, _salesforce_id(("005",), "user")]
RecordTypeId = Annotated[str, _salesforce_id(("012",), "record type")]
Template = Annotated[str, Field(min_length=1), AfterValidator(_template)]
PicklistValue = Annotated[str, Field(min_length=1, max_length=255)]


class Section(BaseModel):
    """A part of the policy: frozen, and unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Disputed(Section):
    """Invoices that a person said not to chase."""

    reference_markers: tuple[Annotated[str, Field(min_length=3)], ...] = ("DISPUTED",)
    contacts: tuple[str, ...] = ()
    invoices: tuple[str, ...] = ()


class OverdueRules(Section):
    """Which unpaid invoices are acted on."""

    grace_days: Annotated[int, Field(ge=0, le=365)] = 0
    minimum_amount: MoneyByCurrency = {DEFAULT_CURRENCY: Decimal("1.00")}
    net_unallocated_credit: bool = True
    respect_expected_payment_date: bool = True
    disputed: Disputed = Disputed()


class LadderStep(Section):
    """From so many days after the due date, a case has this stage."""

    from_days: Annotated[int, Field(ge=1, le=3650)]
    stage: Annotated[str, Field(min_length=1, max_length=40)]
    priority: PicklistValue = "High"
    owner_id: UserOrQueueId | None = None


class OwnerRules(Section):
    """Who owns a new case."""

    rule: OwnerRule = OwnerRule.ACCOUNT_OWNER
    user_or_queue_id: UserOrQueueId | None = None

    @model_validator(mode="after")
    def _fixed_owner_is_named(self) -> Self:
        if self.rule is OwnerRule.FIXED and self.user_or_queue_id is None:
            raise ValueError("rule `fixed` needs user_or_queue_id")
        return self


class ExcludedCases(Section):
    """What happens to an open case, by the reason its invoice is no longer chased."""

    disputed: WhenExcluded = WhenExcluded.KEEP
    promised: WhenExcluded = WhenExcluded.KEEP
    covered_by_credit: WhenExcluded = WhenExcluded.CLOSE
    below_minimum: WhenExcluded = WhenExcluded.CLOSE
    grace_period: WhenExcluded = WhenExcluded.CLOSE


class CaseTexts(Section):
    """What people read on a case. Fields in braces are filled in; see docs in data/policy.yaml."""

    subject: Template = "invoice {invoice_number}, {contact_name}"
    account_subject: Template = "invoices of {account_name} in {currency_code}"
    description: Template = (
        "Invoice {invoice_number} of {contact_name} is overdue.\n"
        "Amount due: {amount_due} {currency_code} of {amount_total} {currency_code}\n"
        "Issued: {issued_on}\n"
        "Due: {due_on}\n"
        "Days overdue: {days_overdue} (as of {as_of_on})\n"
        "Unallocated credit: {amount_unallocated_credit} {currency_code}\n"
        "Stage: {stage}\n"
        "Xero: {link}"
    )
    account_description: Template = (
        "{invoice_count} invoices of {account_name} are overdue.\n"
        "Amount due: {amount_due} {currency_code}\n"
        "Oldest due date: {due_on}\n"
        "Days overdue: {days_overdue} (as of {as_of_on})\n"
        "Unallocated credit: {amount_unallocated_credit} {currency_code}\n"
        "Stage: {stage}\n\n{invoices}"
    )
    closing_description: Template = (
        "{resolution}\n\nInvoice: {invoice_number} of {contact_name}\n{evidence}\nXero: {link}"
    )
    refresh_description: bool = True


class CaseRules(Section):
    """How cases look and live."""

    per: CasesPer = CasesPer.INVOICE
    unmatched_invoices: UnmatchedInvoices = UnmatchedInvoices.HOLD
    subject_prefix: Annotated[str, Field(min_length=3, max_length=80)] = "Overdue"
    type: PicklistValue | None = "Overdue invoice"
    origin: PicklistValue | None = "Xero"
    record_type_id: RecordTypeId | None = None
    opened_status: PicklistValue = "New"
    closed_status: PicklistValue = "Closed"
    reopened_status: PicklistValue = "New"
    owner: OwnerRules = OwnerRules()
    ladder: Annotated[tuple[LadderStep, ...], Field(min_length=1)] = (
        LadderStep(from_days=1, stage="Overdue"),
        LadderStep(from_days=30, stage="Overdue 30 days"),
        LadderStep(from_days=60, stage="Overdue 60 days"),
    )
    when_excluded: ExcludedCases = ExcludedCases()
    reopen_when_balance_grows: bool = True
    recreate_deleted: bool = False
    texts: CaseTexts = CaseTexts()

    @model_validator(mode="after")
    def _ladder_climbs(self) -> Self:
        days = [step.from_days for step in self.ladder]
        if days != sorted(set(days)):
            raise ValueError(f"ladder: from_days must rise from step to step, found {days}")
        if days[0] != 1:
            raise ValueError(f"ladder: the first step must start from_days 1, found {days[0]}")
        stages = [step.stage for step in self.ladder]
        if len(set(stages)) != len(stages):
            raise ValueError("ladder: every step needs a stage name of its own")
        return self


AccountField = Literal["Phone", "Website", "AccountNumber", "BillingAddress"]


class CreateAccounts(Section):
    """When contacts get a new account, and what it looks like."""

    when: CreateAccountWhen = CreateAccountWhen.CUSTOMER
    type: PicklistValue | None = "Customer"
    record_type_id: RecordTypeId | None = None
    owner_id: UserId | None = None
    fields: tuple[AccountField, ...] = get_args(AccountField)
    recreate_deleted: bool = False


class AccountRules(Section):
    """How Xero contacts and Salesforce accounts are tied together."""

    create: CreateAccounts = CreateAccounts()
    write_contact_id_on_account: bool = True
    write_xero_contact_records: bool = True


def _every_kind(given: dict[WriteKind, Any], default: Mapping[WriteKind, Any]) -> dict[WriteKind, Any]:
    return {kind: given.get(kind, default[kind]) for kind in WriteKind}


_DEFAULT_MAX_WRITES = {
    WriteKind.ACCOUNT_CREATE: 500,
    WriteKind.ACCOUNT_LINK: 10_000,
    WriteKind.CASE_OPEN: 2_000,
    WriteKind.CASE_UPDATE: 2_000,
    WriteKind.CASE_ESCALATE: 2_000,
    WriteKind.CASE_CLOSE: 2_000,
    WriteKind.CASE_REOPEN: 200,
}


class ShareGuard(Section):
    """Holds a plan that touches too much of what exists."""

    above_count: Annotated[int, Field(ge=0)] = 20
    max_share: dict[WriteKind, Share] = {
        WriteKind.CASE_CLOSE: Decimal("0.80"),
        WriteKind.CASE_REOPEN: Decimal("0.50"),
    }


class GrowthGuard(Section):
    """Holds a plan that is much larger than recent ones."""

    above_count: Annotated[int, Field(ge=0)] = 1_000
    times_recent_maximum: Annotated[int, Field(ge=1)] = 20
    recent_runs: Annotated[int, Field(ge=1, le=1000)] = 50


class Guards(Section):
    """Limits above which the whole plan waits for a person."""

    max_writes: Annotated[
        dict[WriteKind, Annotated[int, Field(ge=0)]],
        AfterValidator(lambda given: _every_kind(given, _DEFAULT_MAX_WRITES)),
    ] = _DEFAULT_MAX_WRITES
    max_amount: MoneyByCurrency = {DEFAULT_CURRENCY: Decimal("25000000")}
    max_mirror_age_hours: Annotated[int, Field(ge=1, le=720)] = 24
    share: ShareGuard = ShareGuard()
    growth: GrowthGuard = GrowthGuard()


class PushRules(Section):
    """Limits of sending."""

    max_attempts: Annotated[int, Field(ge=1, le=100)] = 5
    batch_size: Annotated[int, Field(ge=1, le=200)] = 200
    bulk_above: Annotated[int, Field(ge=200)] = 2_000
    max_writes_per_run: Annotated[int, Field(ge=1)] | None = None
    read_back_hours: Annotated[int, Field(ge=1, le=720)] = 24


_ALL_AUTO = dict.fromkeys(WriteKind, Automation.AUTO)


class Policy(Section):
    """Everything in data/policy.yaml. Amounts are in the currency that their key names."""

    version: Literal[1] = 1
    overdue: OverdueRules = OverdueRules()
    cases: CaseRules = CaseRules()
    accounts: AccountRules = AccountRules()
    automation: Annotated[dict[WriteKind, Automation], AfterValidator(lambda given: _every_kind(given, _ALL_AUTO))] = (
        _ALL_AUTO
    )
    guards: Guards = Guards()
    pushing: PushRules = PushRules()
    matching: MatchingPolicy = MatchingPolicy()

    @property
    def content_hash(self) -> str:
        """Sixteen hex digits that change when, and only when, a rule changes (comments and order do not count)."""
        return hashlib.sha256(_canonical(self.model_dump(mode="json")).encode()).hexdigest()[:16]


def _canonical(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_canonical(item) for item in value) + "]"
    return repr(value)


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that is given twice, where YAML would silently keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} is given twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_policy(path: Path) -> Policy:
    """Read and check a policy file. An empty file, or a section left out, means the defaults.

    Raises:
        ConfigError: the file cannot be read, or is wrong; every problem is listed with its path and what is allowed.
    """
    remedy = f"Edit {path.name} and check it again with `xero-sf preflight`."
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            f"There is no policy at {path}.",
            remedy="Work in the repository's folder, which holds data/policy.yaml, or name one in XERO_SF_POLICY_FILE.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The policy {path.name} cannot be read: {error}.", remedy=remedy) from error
    try:
        content = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader that refuses double keys
    except yaml.YAMLError as error:
        raise ConfigError(
            f"The policy {path.name} is not YAML.", problems=[_yaml_problem(error)], remedy=remedy
        ) from error
    return parse_policy(content, name=path.name)


def parse_policy(content: object, *, name: str = "policy.yaml") -> Policy:
    """Check the content of a policy file; see `load_policy`."""
    remedy = f"Edit {name} and check it again with `xero-sf preflight`."
    if content is not None and not isinstance(content, dict):
        raise ConfigError(f"The policy {name} must be a mapping of sections.", remedy=remedy)
    try:
        return Policy.model_validate(content or {})
    except ValidationError as error:
        problems = _problems(error)
        raise ConfigError(
            f"The policy {name} has {len(problems)} problem(s):", problems=problems, remedy=remedy
        ) from error


def _yaml_problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return where + str(getattr(error, "problem", None) or error)


def _problems(error: ValidationError) -> list[str]:
    """All problems, without the complaint that a list is short because its items were wrong."""
    found = error.errors(include_url=False)
    places = [item["loc"] for item in found]
    return [
        _problem(item)
        for item in found
        if item["type"] != "too_short"
        or not any(len(place) > len(item["loc"]) and place[: len(item["loc"])] == item["loc"] for place in places)
    ]


def _problem(item: Mapping[str, Any]) -> str:
    location, kind = [part for part in item["loc"] if part != "[key]"], item["type"]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    if kind == "extra_forbidden":
        return f"{path}: this key does not exist here; allowed are {', '.join(_allowed_keys(location[:-1]))}"
    if kind == "value_error":
        return f"{path or 'policy'}: {item['ctx']['error']}"
    given = item.get("input")
    shown = f", found {given!r}" if isinstance(given, (str, int, float, bool, Decimal)) else ""
    return f"{path}: {item['msg'][0].lower()}{item['msg'][1:]}{shown}"


def _allowed_keys(location: Sequence[Any]) -> list[str]:
    model: Any = Policy
    for part in location:
        if isinstance(part, int):
            continue
        model = model.model_fields[part].annotation
        model = next((arg for arg in _flatten(model) if isinstance(arg, type) and issubclass(arg, BaseModel)), model)
    return sorted(model.model_fields)


def _flatten(annotation: Any) -> list[Any]:
    found = [annotation]
    for argument in get_args(annotation):
        found += _flatten(argument)
    return found
