"""Rules for writing contacts: matching, uniqueness, the read shape, and what follows from documents.

A PUT creates and fails on a namesake; a POST matches an existing contact by ContactID, ContactNumber or Name.
"""

from __future__ import annotations

import re
from typing import Any

from xero_sf_pipeline.sandbox.xero.answers import ValidationError
from xero_sf_pipeline.sandbox.xero.books import Books, Document, new_id, number, one_of
from xero_sf_pipeline.sandbox.xero.store import name_key

_LENGTHS = {
    "Name": 255,
    "FirstName": 255,
    "LastName": 255,
    "EmailAddress": 255,
    "ContactNumber": 50,
    "AccountNumber": 50,
    "CompanyNumber": 50,
    "TaxNumber": 50,
}
_PLAIN_FIELDS = (
    *_LENGTHS,
    "BankAccountDetails",
    "TaxNumberType",
    "AccountsReceivableTaxType",
    "AccountsPayableTaxType",
    "DefaultCurrency",
    "Website",
    "PaymentTerms",
    "SalesDefaultAccountCode",
    "PurchasesDefaultAccountCode",
    "SalesDefaultLineAmountType",
    "PurchasesDefaultLineAmountType",
    "Discount",
    "XeroNetworkKey",
)
_ADDRESS_LENGTHS = {
    **dict.fromkeys(("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4"), 500),
    **dict.fromkeys(("City", "Region", "AttentionTo"), 255),
    **dict.fromkeys(("PostalCode", "Country"), 50),
}
_PHONE_LENGTHS = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}
_TERM_TYPES = ("DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH")
_TAX_NUMBER_TYPES = ("SSN", "EIN", "ITIN", "ATIN")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ARCHIVED = (
    "The contact with the specified contact details has been archived. "
    "The contact must be un-archived before creating new invoices or credit notes."
)
_PHONES = ("DDI", "DEFAULT", "FAX", "MOBILE")
_ADDRESSES = ("STREET", "POBOX")
_NOT_UNIQUE = (
    "The contact name {0} is already assigned to another contact. "
    "The contact name must be unique across all active contacts."
)
_NO_IDENTITY = (
    "The Contact must contain at least 1 of the following elements to identify the contact: "
    "Name, ContactID, ContactNumber"
)


def create_contact(books: Books, given: Document) -> Document:
    """Create a contact (PUT).

    Raises:
        ValidationError: no name, a value too long, or a name or number that is taken
    """
    if not given.get("Name"):
        raise ValidationError("The contact name must be specified.")
    contact: Document = {
        "ContactID": new_id(),
        "ContactStatus": "ACTIVE",
        "Name": "",
        "EmailAddress": "",
        "BankAccountDetails": "",
        "Addresses": [_address({}, kind) for kind in _ADDRESSES],
        "Phones": [_phone({}, kind) for kind in _PHONES],
        "UpdatedDateUTC": "",
        "ContactGroups": [],
        "IsSupplier": False,
        "IsCustomer": False,
        "ContactPersons": [],
        "HasAttachments": False,
        "HasValidationErrors": False,
    }
    _apply(books, contact, given)
    books.put("Contacts", contact)
    books.note("Contacts", contact, "Created")
    return contact


def update_contact(books: Books, contact: Document, given: Document) -> Document:
    """Change a contact; what is not mentioned stays."""
    old_name = contact["Name"]
    _apply(books, contact, given)
    books.put("Contacts", contact)
    books.note("Contacts", contact, "Updated")
    if contact["Name"] != old_name:
        rename_on_documents(books, contact)
    return contact


def upsert_contact(books: Books, given: Document, path_id: str | None = None) -> Document:
    """Update the contact that a POST names, or create one."""
    wanted = path_id or given.get("ContactID")
    if wanted:
        found = books.get("Contacts", wanted)
        if found is None:
            raise ValidationError(f"The contact with ContactID {wanted} could not be found")
        return update_contact(books, found, given)
    matched = find_contact(books, given)
    return create_contact(books, given) if matched is None else update_contact(books, matched, given)


def find_contact(books: Books, given: Document) -> Document | None:
    """Find an existing contact by ContactNumber, then by the name of an active one."""
    if given.get("ContactNumber"):
        found = books.store.by_number(books.tenant, "Contacts", str(given["ContactNumber"]))
        if found:
            return found[0]
    if given.get("Name"):
        return active_namesake(books, str(given["Name"]))
    return None


def active_namesake(books: Books, name: str) -> Document | None:
    """Return the active contact with a name; case and white space do not count."""
    active = [c for c in books.store.by_name(books.tenant, "Contacts", name) if c.get("ContactStatus") == "ACTIVE"]
    return active[0] if active else None


def contact_of_document(books: Books, given: Any) -> Document:
    """Return the contact that a document names; an unknown name creates one, other fields beside the id edit it.

    Raises:
        ValidationError: nothing that identifies a contact, or an unknown or archived one
    """
    if not isinstance(given, dict) or not any(given.get(name) for name in ("ContactID", "Name", "ContactNumber")):
        raise ValidationError(_NO_IDENTITY)
    if given.get("ContactID"):
        contact = books.get("Contacts", given["ContactID"])
        if contact is None:
            raise ValidationError(f"The contact with ContactID {given['ContactID']} could not be found")
    else:
        contact = find_contact(books, given)
        if contact is None:
            return create_contact(books, given)
    if contact.get("ContactStatus") == "ARCHIVED":
        raise ValidationError(_ARCHIVED)
    editable = (*_PLAIN_FIELDS, "Addresses", "Phones", "ContactPersons")
    edits = {name: given[name] for name in editable if given.get(name) not in (None, [], contact.get(name))}
    return update_contact(books, contact, edits) if edits else contact


def nested_contact(contact: Document) -> Document:
    """Return how a document in a list shows its contact."""
    shown = {"ContactID": contact["ContactID"], "Name": contact["Name"]}
    if contact.get("ContactNumber"):
        shown["ContactNumber"] = contact["ContactNumber"]
    return shown | {
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }


def rename_on_documents(books: Books, contact: Document) -> None:
    """Show a contact's new name on its documents, without bumping them."""
    for kind in ("Invoices", "CreditNotes", "Overpayments", "Prepayments", "Quotes"):
        for document in books.store.select(books.tenant, kind, "d.contact_id = ?", [contact["ContactID"]]):
            document["Contact"] = document["Contact"] | {"Name": contact["Name"]}
            books.put(kind, document, bump=False)


def mark_role(books: Books, contact_id: str, document_type: str) -> None:
    """Derive IsCustomer or IsSupplier from a document; this never bumps UpdatedDateUTC."""
    contact = books.get("Contacts", contact_id)
    role = "IsCustomer" if document_type.startswith("ACCREC") else "IsSupplier"
    if contact is not None and not contact.get(role):
        contact[role] = True
        books.put("Contacts", contact, bump=False)


def _apply(books: Books, contact: Document, given: Document) -> None:
    _check_lengths(given)
    _check_values(books, contact, given)
    _check_unique(books, contact, given)
    if given.get("ContactStatus"):
        contact["ContactStatus"] = one_of(
            given["ContactStatus"], ("ACTIVE", "ARCHIVED", "GDPRREQUEST"), "ContactStatus"
        )
    for name in _PLAIN_FIELDS:
        if given.get(name) is not None and (name != "Name" or given[name]):
            contact[name] = given[name]
    if given.get("DefaultCurrency"):
        books.check_currency(str(given["DefaultCurrency"]))
    if given.get("Phones"):
        contact["Phones"] = _merged(contact.get("Phones", []), given["Phones"], "PhoneType", _PHONES, _phone)
    if given.get("Addresses"):
        contact["Addresses"] = _merged(
            contact.get("Addresses", []), given["Addresses"], "AddressType", _ADDRESSES, _address
        )
    if given.get("ContactPersons") is not None:
        people = given["ContactPersons"]
        if len(people) > 5:
            raise ValidationError("A contact can have at most 5 contact persons")
        contact["ContactPersons"] = [
            {
                "FirstName": person.get("FirstName", ""),
                "LastName": person.get("LastName", ""),
                "EmailAddress": person.get("EmailAddress", ""),
                "IncludeInEmails": bool(person.get("IncludeInEmails", False)),
            }
            for person in people
        ]


def _check_lengths(given: Document) -> None:
    parts = [(given, _LENGTHS)]
    parts += [(address, _ADDRESS_LENGTHS) for address in given.get("Addresses") or []]
    parts += [(phone, _PHONE_LENGTHS) for phone in given.get("Phones") or []]
    too_long = [
        f"The field {name} exceeds its maximum length of {longest}"
        for part, lengths in parts
        for name, longest in lengths.items()
        if len(str(part.get(name) or "")) > longest
    ]
    if too_long:
        raise ValidationError(*too_long)


def _check_values(books: Books, contact: Document, given: Document) -> None:
    """Refuse what a field cannot hold, and what the organisation does not have."""
    messages = []
    people = [given, *(given.get("ContactPersons") or [])]
    if any(person.get("EmailAddress") and not _EMAIL.fullmatch(str(person["EmailAddress"])) for person in people):
        messages.append("The EmailAddress is not a valid email address")
    for address in given.get("Addresses") or []:
        if not all(letter.isalpha() or letter in " .,'()-&" for letter in str(address.get("Country") or "")):
            messages.append("Country must consist of letters")
    for name in ("AccountsReceivableTaxType", "AccountsPayableTaxType"):
        if given.get(name) and books.tax_percent(str(given[name])) is None:
            messages.append(f"The TaxType code '{given[name]}' does not exist")
    for name in ("SalesDefaultAccountCode", "PurchasesDefaultAccountCode"):
        if given.get(name) and books.account({"Code": given[name]}) is None:
            messages.append(f"Account code '{given[name]}' is not a valid code")
    if given.get("TaxNumberType"):
        one_of(given["TaxNumberType"], _TAX_NUMBER_TYPES, "TaxNumberType")
    for terms in (given.get("PaymentTerms") or {}).values():
        one_of(terms.get("Type"), _TERM_TYPES, "PaymentTermType")
        if not 0 <= number(terms.get("Day", -1), "Day") <= 31:
            messages.append("The day of payment terms must be between 0 and 31")
    if contact.get("MergedToContactID") and given.get("ContactStatus") == "ACTIVE":
        messages.append("A contact that was merged into another one cannot be restored")
    if messages:
        raise ValidationError(*dict.fromkeys(messages))


def _check_unique(books: Books, contact: Document, given: Document) -> None:
    own = contact["ContactID"]
    name = str(given.get("Name") or contact.get("Name") or "")
    will_be_active = (given.get("ContactStatus") or contact.get("ContactStatus")) == "ACTIVE"
    changes_name = name_key(name) != name_key(contact.get("Name") or "") or contact.get("ContactStatus") != "ACTIVE"
    namesake = active_namesake(books, name) if will_be_active and changes_name else None
    if namesake is not None and namesake["ContactID"] != own:
        raise ValidationError(_NOT_UNIQUE.format(name))
    contact_number = given.get("ContactNumber")
    if contact_number:
        owners = books.store.by_number(books.tenant, "Contacts", str(contact_number))
        if any(owner["ContactID"] != own for owner in owners):
            raise ValidationError(f"The contact number {contact_number} is already assigned to another contact.")
    account_number = given.get("AccountNumber")
    if account_number:
        owners = books.store.select(
            books.tenant, "Contacts", "json_extract(b.body, '$.AccountNumber') = ? collate nocase", [account_number]
        )
        if any(owner["ContactID"] != own for owner in owners):
            raise ValidationError("The Account Number already exists. Please enter a different Account Number.")


def _merged(held: list[Document], given: Any, key: str, shown: tuple[str, ...], shape: Any) -> list[Document]:
    by_type = {entry[key]: entry for entry in held}
    for entry in given:
        kind = one_of(entry.get(key), (*shown, "OFFICE") if key == "PhoneType" else shown, key)
        by_type[kind] = shape({**by_type.get(kind, {}), **entry}, kind)
    return [by_type.get(kind) or shape({}, kind) for kind in (*shown, *(by_type.keys() - set(shown)))]


def _phone(given: Document, kind: str) -> Document:
    names = ("PhoneNumber", "PhoneAreaCode", "PhoneCountryCode")
    return {"PhoneType": kind} | {name: given.get(name) or "" for name in names}


def _address(given: Document, kind: str) -> Document:
    always = ("City", "Region", "PostalCode", "Country")
    sometimes = ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4", "AttentionTo")
    shown = {name: given[name] for name in sometimes if given.get(name)}
    return {"AddressType": kind} | shown | {name: given.get(name) or "" for name in always}
