"""Changes from outside the API, as JSON: what other people do in the org while the pipeline runs.

Belongs here: the bodies that the remote control and the `mutate` fault hand over. Does not belong here: the changes
themselves (`state`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.sandbox.salesforce.errors import RowRefused

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState


def mutate(state: SalesforceState, body: dict[str, Any]) -> Any:
    """Carry out one change, or a list of them under `changes`.

    Bodies, by `action`:
        insert {object, row}           -> the new id
        update {object, id, row}
        system_update {object, id, row}   only SystemModstamp tells of it
        delete {object, id, hard?}
        undelete {object, id}
        purge {everything?}            -> how many records vanished
        merge_accounts {master, losers}
        merge_contacts {master, losers}
        expire_sessions {}             every access token dies
        drop_cursors {}                every query locator dies

    Raises:
        ValueError: for an unknown action, or a change that a rule refuses
    """
    if "changes" in body:
        return [mutate(state, change) for change in body["changes"]]
    action = str(body.get("action"))
    if action not in _ACTIONS:
        raise ValueError(f"unknown action {action!r}, expected one of {sorted(_ACTIONS)}")
    try:
        return _ACTIONS[action](state, body)
    except RowRefused as refused:
        raise ValueError(str(refused)) from refused


_ACTIONS: dict[str, Callable[[SalesforceState, dict[str, Any]], Any]] = {
    "insert": lambda state, body: state.insert(body["object"], body["row"]),
    "update": lambda state, body: state.update(body["object"], body["id"], body["row"]),
    "system_update": lambda state, body: state.update_by_system(body["object"], body["id"], body["row"]),
    "delete": lambda state, body: state.delete(body["object"], body["id"], hard=bool(body.get("hard"))),
    "undelete": lambda state, body: state.undelete(body["object"], body["id"]),
    "purge": lambda state, body: state.purge(everything=bool(body.get("everything"))),
    "merge_accounts": lambda state, body: state.merge_accounts(body["master"], body["losers"]),
    "merge_contacts": lambda state, body: state.merge_contacts(body["master"], body["losers"]),
    "expire_sessions": lambda state, body: state.sessions.expire_all(),
    "drop_cursors": lambda state, body: state.queries.drop_cursors(),
}
