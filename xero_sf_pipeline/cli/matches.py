"""`xero-sf matches`: which contact is which account, why, and a person's word on it."""

from __future__ import annotations

import sys
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.markup import escape

from xero_sf_pipeline.cli import output, snapshot
from xero_sf_pipeline.errors import NotFound, PipelineError
from xero_sf_pipeline.settings import Settings, load_settings


def _told(reason: str) -> str:
    if not reason.strip():
        raise typer.BadParameter("say why, in a few words")
    return reason


app = typer.Typer(help="List, explain, confirm and reject matches of contacts and accounts.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Contact = Annotated[str, typer.Argument(help="A contact's key, Xero id (or its first characters), or exact name.")]
Account = Annotated[str, typer.Argument(help="A Salesforce account id.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the decision.", callback=_told)]


class Outcome(StrEnum):
    """What matching made of a contact."""

    LINKED = "linked"
    REVIEW = "review"
    CREATE = "create"
    IGNORE = "ignore"


_MEANING = {
    Outcome.LINKED: "is linked to",
    Outcome.REVIEW: "waits for a person",
    Outcome.CREATE: "has no account; one is planned if accounts.create of the policy allows it",
    Outcome.IGNORE: "gets no account",
}
_SHOWN_ID = 8
"""Characters of a contact's Xero id in the list: enough to name it to the other commands."""


@app.command("list")
def list_matches(
    outcome: Annotated[Outcome, typer.Option(help="Contacts with this outcome.")] = Outcome.REVIEW,
    everything: Annotated[bool, typer.Option("--all", help="Every outcome.")] = False,
    as_json: Json = False,
) -> None:
    """List matches; by default those that wait for a person, the narrowest margin first."""
    rows = snapshot.rows(load_settings(), "matches", {"outcome": None if everything else outcome.value})
    if as_json:
        output.print_json(rows)
        return
    output.print_rows(
        [
            {
                "contact": row["contact_name"],
                "id": row["contact_key"].partition(":")[2][:_SHOWN_ID],
                "outcome": row["outcome"],
                "account": row["account_name"],
                "method": row["method"],
                "score": output.points(row["score"]),
                "margin": output.points(row["margin"]),
                "rival": row["rival_name"],
                "explanation": row["explanation"],
            }
            for row in rows
        ],
        empty="No such matches." if everything or outcome is not Outcome.REVIEW else "No match waits for a person.",
    )


@app.command()
def show(contact: Contact, as_json: Json = False) -> None:
    """Show every candidate account of a contact with every term of its score, the rival and the margin."""
    settings = load_settings()
    link = _contact(settings, contact)
    candidates = snapshot.rows(settings, "candidates_of", {"contact_key": link["contact_key"]})
    if as_json:
        output.print_json({"link": link, "candidates": candidates})
        return
    output.line(
        f"[bold]{escape(str(link['contact_name']))}[/] ({escape(link['contact_key'])}): {link['outcome']}"
        f" by {link['method'] or 'no evidence'}",
        markup=True,
    )
    output.line(str(link["explanation"] or link["reason"] or ""))
    rival = f"{link['rival_name']} ({link['rival_sf_account_id']})" if link["rival_sf_account_id"] else "none"
    score, margin = (output.points(link[name]) or "none" for name in ("score", "margin"))
    output.line(f"score {score}, rival {rival}, margin {margin}")
    if not candidates:
        output.line("No account is a candidate.")
    for candidate in candidates:
        output.print_rows(
            [
                {
                    "term": term["term"],
                    "points": Decimal(f"{term['points']:.2f}"),
                    "contact": term["contact_value"],
                    "account": term["account_value"],
                    "note": term["note"],
                }
                for term in candidate["terms"]
            ]
            + [
                {
                    "term": "sum",
                    "points": Decimal(f"{candidate['score']:.2f}"),
                    "contact": "",
                    "account": "",
                    "note": "",
                }
            ],
            title=(
                f"{candidate['candidate_rank']}. {candidate['account_name']} ({candidate['sf_account_id']}),"
                f" found by {candidate['blocking_rule']}, probability {candidate['probability']:.3f}"
            ),
        )


@app.command()
def confirm(contact: Contact, account: Account, reason: Reason) -> None:
    """Say that the contact is the account. Outranks every score."""
    _decide("confirmed", contact, account, reason)


@app.command()
def reject(contact: Contact, account: Account, reason: Reason) -> None:
    """Say that the contact is not the account. The pair never comes back."""
    _decide("rejected", contact, account, reason)


@app.command()
def create(contact: Contact, reason: Reason) -> None:
    """Say that the contact has no account yet: one is planned."""
    _decide("create_new", contact, None, reason)


@app.command()
def ignore(contact: Contact, reason: Reason) -> None:
    """Say that the contact needs no account."""
    _decide("ignored", contact, None, reason)


@app.command()
def withdraw(
    contact: Contact,
    reason: Reason,
    account: Annotated[str | None, typer.Argument(help="The account of the decision, if it named one.")] = None,
) -> None:
    """Take a decision back: the score decides again."""
    _decide("withdrawn", contact, account, reason)


def _decide(decision: str, contact: str, account: str | None, reason: str) -> None:
    from xero_sf_pipeline.cli.main import actor
    from xero_sf_pipeline.cli.runs import Runs
    from xero_sf_pipeline.clock import SystemClock
    from xero_sf_pipeline.matching.decisions import Decision, MatchDecision, append_decision

    settings = load_settings()
    link = _contact(settings, contact)
    if account is not None:
        known = snapshot.ad_hoc(settings, "select sf_account_id, account_name from core.accounts where not is_deleted")
        if account not in {row["sf_account_id"] for row in known}:
            raise NotFound(f"There is no live Salesforce account {account}.", remedy="Use the 18-character id.")
    append_decision(
        settings.decisions_dir / "matches.jsonl",
        MatchDecision(
            contact_key=link["contact_key"],
            sf_account_id=account,
            decision=Decision(decision),
            decided_by=actor(),
            decided_at=SystemClock().now(),
            reason=reason,
        ),
    )
    Runs(settings, shows_progress=sys.stderr.isatty()).plan()
    now = _contact(settings, link["contact_key"])
    output.say(
        f"Noted ({decision}): {escape(str(now['contact_name']))} {_MEANING[Outcome(now['outcome'])]}"
        + (f" {escape(str(now['account_name']))}." if now["outcome"] == Outcome.LINKED else ".")
    )


def _contact(settings: Settings, text: str) -> dict[str, Any]:
    found = snapshot.rows(settings, "matches_of", {"contact": text})
    if not found:
        raise NotFound(f"No contact is called {text!r}.", remedy="See `xero-sf matches list --all`.")
    if len(found) > 1:
        keys = ", ".join(row["contact_key"] for row in found[:5])
        raise PipelineError(f"{len(found)} contacts are called {text!r}: {keys}.", remedy="Name one by its key.")
    return found[0]
