"""Precision, recall and F1 against the truth, one answer per contact.

Belongs here: counting. A contact whose truth is ambiguous (two equal accounts) is right with either account, and it is
left out of recall, since review is its best outcome.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.matching.tables import Labelled


@dataclass(frozen=True)
class Score:
    right: int
    wrong: int
    missed: int

    def row(self) -> dict[str, float | int]:
        precision = self.right / max(self.right + self.wrong, 1)
        recall = self.right / max(self.right + self.missed, 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        return {"precision": precision, "recall": recall, "f1": f1, "right": self.right, "wrong": self.wrong}


def is_right(labelled: Labelled, contact: str, account: str | None) -> bool:
    return account is not None and (
        account == labelled.truth[contact] or account in labelled.ambiguous.get(contact, ())
    )


def score_links(labelled: Labelled, links: Iterable[list[Any]]) -> Score:
    """Score the automatic links (outcome 'linked'); review and the rest count as not linked."""
    return _score(labelled, {contact: account for contact, outcome, account, _ in links if outcome == "linked"})


def at_best_threshold(labelled: Labelled, best: Iterable[list[Any]]) -> Score:
    """Score the best candidate of every contact at the threshold with the highest F1, found with the truth."""
    ordered = sorted(best, key=lambda row: -row[2])
    expected = {contact for contact, account in labelled.truth.items() if account and contact not in labelled.ambiguous}
    right = wrong = found = 0
    top = Score(0, 0, len(expected))
    for place, (contact, account, score) in enumerate(ordered):
        if is_right(labelled, contact, account):
            right += 1
            found += contact in expected
        else:
            wrong += 1
        if place + 1 < len(ordered) and ordered[place + 1][2] == score:
            continue
        candidate = Score(right, wrong, len(expected) - found)
        if candidate.row()["f1"] > top.row()["f1"]:
            top = candidate
    return top


def outcomes(labelled: Labelled, links: Iterable[list[Any]], best: Iterable[list[Any]]) -> dict[str, Any]:
    """Counts by outcome, wrong automatic links, and true pairs that are linked or first in review."""
    counts: Counter[str] = Counter()
    by_variety: dict[str, Counter[str]] = {}
    reached = expected = wrong = left_alone = 0
    for contact, outcome, account, _ in links:
        counts[outcome] += 1
        right = is_right(labelled, contact, account)
        wrong += outcome == "linked" and not right
        if labelled.truth[contact] or contact in labelled.ambiguous:
            expected += 1
            reached += outcome in ("linked", "review") and right
            # Archived contacts and mere suppliers are left alone by policy, whatever account they have.
            left_alone += outcome == "ignore"
        tally = by_variety.setdefault(labelled.variety.get(contact, "all"), Counter())
        tally[f"{outcome} {'right' if right else 'wrong' if account else 'none'}"] += 1
    return {
        **counts,
        "wrong automatic links": wrong,
        "true pairs linked or first in review": f"{reached}/{expected}",
        "of them left alone by policy": left_alone,
        "by_variety": {name: dict(tally) for name, tally in sorted(by_variety.items())},
    }


def _score(labelled: Labelled, chosen: dict[str, str]) -> Score:
    right = {contact for contact, account in chosen.items() if is_right(labelled, contact, account)}
    expected = {contact for contact, account in labelled.truth.items() if account and contact not in labelled.ambiguous}
    return Score(len(right), len(chosen) - len(right), len(expected - right))
