"""`xero-sf matches`: which contact is which account, why, and a person's word on it."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from rich.markup import escape

from xero_sf_pipeline.cli import output, snapshot
from xero_sf_pipeline.errors import NotFound, PipelineError
from xero_sf_pipeline.settings import Settings, load_settings

app = typer.Typer(help="List, explain, confirm and reject matches of contacts and accounts.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Contact = Annotated[str, typer.Argument(help="A contact's key, Xero id (or its first characters), or exact name.")]
Account = Annotated[str, typer.Argument(help="A Salesforce account id.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the decision.")]


@app.command("list")
def list_matches(
    outcome: Annotated[
        str | None, typer.Option(help="linked, review, create or ignore; review by default.")
    ] = "review",
    everything: Annotated[bool, typer.Option("--all", help="Every outcome.")] = False,
    as_json: Json = False,
) -> None:
    """List matches; by default those that wait for a person, the narrowest margin first."""
    rows = snapshot.rows(load_settings(), "matches", {"outcome": None if everything else outcome})
    if as_json:
        output.print_json(rows)
        return
    shown = ("contact_name", "outcome", "account_name", "method", "score", "margin", "rival_name", "explanation")
    output.print_rows([{name: row[name] for name in shown} for row in rows], empty="No such matches.")


@app.command()
def show(contact: Contact, as_json: Json = False) -> None:
    """Show every candidate account of a contact with every term of its score, the rival and the margin."""
    settings = load_settings()
    link = _contact(settings, contact)
    candidates = snapshot.rows(settings, "candidates_of", {"contact_key": link["contact_key"]})
    if as_json:
        output.print_json({"link": link, "candidates": candidates})
        return
    output.console.print(
        f"[bold]{escape(str(link['contact_name']))}[/] ({link['contact_key']}): {link['outcome']}"
        f" by {link['method'] or 'no evidence'}"
    )
    output.console.print(escape(str(link["explanation"] or link["reason"] or "")))
    margin = output.text(link["margin"]) or "no rival"
    output.console.print(f"score {output.text(link['score'])}, rival {link['rival_name'] or 'none'}, margin {margin}")
    for candidate in candidates:
        output.print_rows(
            [
                {
                    "term": term["term"],
                    "points": float(term["points"]),
                    "contact": term["contact_value"],
                    "account": term["account_value"],
                    "note": term["note"],
                }
                for term in candidate["terms"]
            ]
            + [{"term": "sum", "points": float(candidate["score"]), "contact": "", "account": "", "note": ""}],
            title=(
                f"{candidate['candidate_rank']}. {candidate['account_name']} ({candidate['sf_account_id']}),"
                f" found by {candidate['blocking_rule']}, probability {candidate['probability']:.3f}"
            ),
        )


@app.command()
def confirm(contact: Contact, account: Account, reason: Reason = "") -> None:
    """Say that the contact is the account. Outranks every score."""
    _decide("confirmed", contact, account, reason)


@app.command()
def reject(contact: Contact, account: Account, reason: Reason = "") -> None:
    """Say that the contact is not the account. The pair never comes back."""
    _decide("rejected", contact, account, reason)


@app.command()
def create(contact: Contact, reason: Reason = "") -> None:
    """Say that the contact has no account yet: one is planned."""
    _decide("create_new", contact, None, reason)


@app.command()
def ignore(contact: Contact, reason: Reason = "") -> None:
    """Say that the contact needs no account."""
    _decide("ignored", contact, None, reason)


@app.command()
def withdraw(
    contact: Contact,
    account: Annotated[str | None, typer.Argument(help="The account of the decision.")] = None,
    reason: Reason = "",
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
        f"{decision}: {escape(str(now['contact_name']))} is now {now['outcome']}"
        + (f" to {escape(str(now['account_name']))}" if now["sf_account_id"] else "")
    )


def _contact(settings: Settings, text: str) -> dict[str, Any]:
    found = snapshot.rows(settings, "matches_of", {"contact": text})
    if not found:
        raise NotFound(f"No contact is called {text!r}.", remedy="See `xero-sf matches list --all`.")
    if len(found) > 1:
        keys = ", ".join(row["contact_key"] for row in found[:5])
        raise PipelineError(f"{len(found)} contacts are called {text!r}: {keys}.", remedy="Name one by its key.")
    return found[0]
