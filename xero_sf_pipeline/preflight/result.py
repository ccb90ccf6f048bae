"""What one preflight check says: a name, a verdict, a sentence and the remedy.

Belongs here: the shape of a line and how a run of them is judged. Does not belong here: the checks themselves, or how
a line is printed (`cli`). A line never holds a secret, a token or a record's contents.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a line means for the next run."""

    INFO = "info"
    """Nothing to do."""
    WARNING = "warning"
    """It runs, but a person should know."""
    ERROR = "error"
    """It cannot run, or part of it cannot, until the remedy is done."""
    NOT_CHECKED = "not_checked"
    """Another line's problem stands in the way of this check."""


@dataclass(frozen=True)
class CheckResult:
    """One line of the preflight. `ok` is False for errors, warnings and checks that could not be made."""

    name: str
    ok: bool
    detail: str
    remedy: str
    severity: Severity


def passed(name: str, detail: str) -> CheckResult:
    return CheckResult(name, True, detail, "", Severity.INFO)


def warned(name: str, detail: str, remedy: str) -> CheckResult:
    return CheckResult(name, False, detail, remedy, Severity.WARNING)


def failed(name: str, detail: str, remedy: str) -> CheckResult:
    return CheckResult(name, False, detail, remedy, Severity.ERROR)


def not_checked(name: str, because: str) -> CheckResult:
    return CheckResult(name, False, f"not checked because {because}", "", Severity.NOT_CHECKED)


def has_errors(results: Iterable[CheckResult]) -> bool:
    """Whether anything stands in the way of a run: the command's exit code is 1 then."""
    return any(result.severity is Severity.ERROR for result in results)
