"""Changes behind the API's back, for tests and the remote control: `XeroState.mutate(body)`.

`body["action"]` says what; `tenant_id` may be left out when there is one organisation. Actions:

- `patch {kind, id, fields, bump=false}`: set fields of a stored document, silently unless `bump`
- `touch {kind, id}`: bump UpdatedDateUTC only
- `insert {kind, document, bump=false}`: store a document as it is
- `delete {kind, id}`: remove a document without a trace
- `archive_contact {id}`; `merge_contacts {loser, winner}`: as people do in Xero's screens
- `write {kind, document, id=null}`: create or change a document by the API's rules, without a token
- `pay {invoice_id, amount=null, date=null}`; `delete_payment {id}`
- `disconnect {}`: remove the organisation's connection
- `start_session {client_id, scope}`: tokens as after a user's consent
- `register_app {client_id, client_secret, name, scopes, tenants}`; `behaviour {...}`: see `Behaviour`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xero_sf_pipeline.sandbox.xero.answers import ApiError, ValidationError
from xero_sf_pipeline.sandbox.xero.books import Books, Document
from xero_sf_pipeline.sandbox.xero.json_text import decode, encode
from xero_sf_pipeline.sandbox.xero.kinds import ENVELOPE, KINDS
from xero_sf_pipeline.sandbox.xero.settling import create_payment, delete_payment
from xero_sf_pipeline.sandbox.xero.tokens import App
from xero_sf_pipeline.sandbox.xero.writing import write_documents

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.xero.state import XeroState


def mutate(state: XeroState, body: dict[str, Any]) -> Any:
    """Run one action.

    Raises:
        ValueError: an unknown action, or data that Xero's rules refuse
        KeyError: a missing argument or an unknown document
    """
    arguments = dict(body)
    action = _ACTIONS.get(str(arguments.pop("action", None)))
    if action is None:
        raise ValueError(f"unknown action {body.get('action')!r}, expected one of {sorted(_ACTIONS)}")
    if action in _WITHOUT_TENANT:
        return action(state, **arguments)
    tenants = state.store.tenants()
    tenant = arguments.pop("tenant_id", tenants[0] if len(tenants) == 1 else None)
    if tenant not in tenants:
        raise ValueError(f"unknown tenant_id {tenant!r}")
    with state.store.transaction():
        try:
            return action(Books(state, tenant), **arguments)
        except ValidationError as error:
            raise ValueError(str(error)) from error
        except ApiError as error:
            raise ValueError(error.answer.body.decode()) from error


def _held(books: Books, kind: str, id_: str) -> Document:
    document = books.get(kind, id_)
    if document is None:
        raise KeyError(f"no document {id_} in {kind}")
    return document


def _patch(books: Books, kind: str, id: str, fields: Document, bump: bool = False) -> str:  # noqa: A002
    books.put(kind, _held(books, kind, id) | fields, bump=bump)
    return id


def _touch(books: Books, kind: str, id: str) -> str:  # noqa: A002
    books.put(kind, _held(books, kind, id))
    return id


def _insert(books: Books, kind: str, document: Document, bump: bool = False) -> str:
    books.put(kind, dict(document), bump=bump)
    return str(document[KINDS[kind].id_field])


def _delete(books: Books, kind: str, id: str) -> bool:  # noqa: A002
    return books.store.delete(books.tenant, kind, id.lower())


def _archive_contact(books: Books, id: str) -> str:  # noqa: A002
    books.put("Contacts", _held(books, "Contacts", id) | {"ContactStatus": "ARCHIVED"})
    return id


def _merge_contacts(books: Books, loser: str, winner: str) -> int:
    """Archive the loser, point it to the winner and move its documents; return how many moved."""
    lost, won = _held(books, "Contacts", loser), _held(books, "Contacts", winner)
    books.put("Contacts", lost | {"ContactStatus": "ARCHIVED", "MergedToContactID": won["ContactID"]})
    roles = {role: bool(lost.get(role) or won.get(role)) for role in ("IsCustomer", "IsSupplier")}
    books.put("Contacts", won | roles)
    moved = 0
    identity = {"ContactID": won["ContactID"], "Name": won["Name"]}
    for kind in ("Invoices", "CreditNotes", "Overpayments", "Prepayments", "Quotes"):
        for document in books.store.select(books.tenant, kind, "d.contact_id = ?", [lost["ContactID"]]):
            books.put(kind, document | {"Contact": document["Contact"] | identity})
            moved += 1
    lost_payment = "json_extract(b.body, '$.Invoice.Contact.ContactID') = ?"
    for payment in books.store.select(books.tenant, "Payments", lost_payment, [lost["ContactID"]]):
        payment["Invoice"]["Contact"] |= identity
        books.put("Payments", payment, bump=False)
    return moved


def _write(books: Books, kind: str, document: Document, id: str | None = None) -> Document:  # noqa: A002
    method = "POST" if id else "PUT"
    answer = write_documents(books, "Sandbox", KINDS[kind], method, id, encode(document), {"unitdp": "4"})
    if answer.status != 200:
        raise ValueError(answer.body.decode())
    written: Document = decode(answer.body)[ENVELOPE[kind]][0]
    return written


def _pay(books: Books, invoice_id: str, amount: Any = None, date: str | None = None) -> Document:
    invoice = _held(books, "Invoices", invoice_id)
    accounts = books.store.select(books.tenant, "Accounts", "d.type = 'BANK' and d.status = 'ACTIVE'")
    return create_payment(
        books,
        {
            "Invoice": {"InvoiceID": invoice_id},
            "Account": {"AccountID": accounts[0]["AccountID"]},
            "Amount": invoice["AmountDue"] if amount is None else amount,
            "Date": date,
        },
    )


def _delete_payment(books: Books, id: str) -> Document:  # noqa: A002
    return delete_payment(books, _held(books, "Payments", id), {"Status": "DELETED"})


def _disconnect(books: Books) -> None:
    books.state.disconnect(books.tenant)


def _start_session(state: XeroState, client_id: str, scope: str) -> dict[str, Any]:
    return state.tokens.start_session(client_id, scope)


def _register_app(
    state: XeroState,
    client_id: str,
    client_secret: str,
    scopes: list[str],
    name: str = "Sandbox app",
    tenants: list[str] | None = None,
) -> str:
    state.tokens.register(
        App(client_id, client_secret, name, frozenset(scopes), None if tenants is None else tuple(tenants))
    )
    return client_id


def _behaviour(state: XeroState, **changes: Any) -> None:
    state.behaviour = replace(state.behaviour, **changes)


_WITHOUT_TENANT: tuple[Callable[..., Any], ...] = (_start_session, _register_app, _behaviour)
_ACTIONS: dict[str, Callable[..., Any]] = {
    "patch": _patch,
    "touch": _touch,
    "insert": _insert,
    "delete": _delete,
    "archive_contact": _archive_contact,
    "merge_contacts": _merge_contacts,
    "write": _write,
    "pay": _pay,
    "delete_payment": _delete_payment,
    "disconnect": _disconnect,
    "start_session": _start_session,
    "register_app": _register_app,
    "behaviour": _behaviour,
}
