"""One linked contact beside its account: every detail in comparable form, and what a write to either side would hold.

Belongs here: which columns are a detail, the spelling and the limits of each side. Does not belong here: which side
wins (`planning/parties.py`).

Limits are those of the Accounting API (Contacts) and of Salesforce's object reference (Account, Contact).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xero_sf_pipeline.parties.addresses import Address
from xero_sf_pipeline.parties.phones import Phone, read_phone, xero_phone_text
from xero_sf_pipeline.parties.texts import email_form, folded, is_email, squeezed, tax_number_form, website_form

Row = Mapping[str, Any]

VALUE_TOO_LONG = "value_too_long"
PHONE_INVALID = "phone_invalid"
EMAIL_INVALID = "email_invalid"
COUNTRY_UNKNOWN = "country_unknown"
REGION_UNKNOWN = "region_unknown"
NOT_WRITABLE = "not_writable"
VALUE_INVALID = "value_invalid"

_XERO_ADDRESS_MAX = {
    **dict.fromkeys(("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4"), 500),
    "City": 255, "Region": 255, "PostalCode": 50, "Country": 50, "AttentionTo": 255,
}  # fmt: skip
_XERO_PHONE_MAX = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}
_SALESFORCE_ADDRESS_MAX = {
    "BillingStreet": 255, "BillingCity": 40, "BillingState": 80, "BillingPostalCode": 20, "BillingCountry": 80,
}  # fmt: skip
_XERO_ADDRESS_PARTS = {
    "AddressLine1": "line_1", "AddressLine2": "line_2", "AddressLine3": "line_3", "AddressLine4": "line_4",
    "City": "city", "Region": "region", "PostalCode": "postal_code", "Country": "country",
    "AttentionTo": "attention_to",
}  # fmt: skip
_XERO_PHONE_PARTS = {"PhoneNumber": "phone_number", "PhoneAreaCode": "area_code", "PhoneCountryCode": "country_code"}


@dataclass(frozen=True)
class Spelling:
    """What of the org and the policy decides how details are written.

    Attributes:
        state_countries: countries that have states in the org's picklists; null when countries are plain text there
        tax_number_field: Account field of the tax number, or null
    """

    state_countries: frozenset[str] | None = None
    tax_number_field: str | None = None


def phone_country(row: Row) -> str | None:
    """Return the country whose numbers a phone without a prefix belongs to; the same for both sides of a pair."""
    return _country(row, _xero_address(row))


@dataclass(frozen=True, slots=True)
class Change:
    """What a write to one side would hold, and what is there now; or why there cannot be one."""

    payload: Mapping[str, Any] | None = None
    before: Mapping[str, Any] | None = None
    problem: str | None = None


NO_CHANGE = Change()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One detail of a pair. Equal values mean agreement. `sf_record_id` is the account's, or of email the person's."""

    field: str
    xero_value: str | None
    sf_value: str | None
    xero_text: str | None
    sf_text: str | None
    to_salesforce: Change = NO_CHANGE
    to_xero: Change = NO_CHANGE
    sf_object: str = "Account"
    sf_record_id: str | None = None


def compare(row: Row, spelling: Spelling) -> Iterator[Comparison]:
    """Yield every detail of a pair that both systems can hold; see `sql/parties/pairs.sql` for the row's columns."""
    xero_place = _xero_address(row)
    region = _country(row, xero_place)
    yield _plain(row, "name", "Name", "contact_name", "account_name", folded, 255, 255)
    yield _phone(row, region)
    yield _address(row, xero_place, spelling)
    yield _plain(row, "website", "Website", "website", "account_website", website_form, 255, None)
    yield _plain(row, "account_number", "AccountNumber", "account_number", "sf_account_number", folded, 40, 50)
    if spelling.tax_number_field is not None:
        yield _plain(
            row, "tax_number", spelling.tax_number_field, "tax_number", "sf_tax_number",
            lambda text: tax_number_form(text, region), 255, 50, xero_field="TaxNumber",
        )  # fmt: skip
    if row["sf_person_id"] is not None:
        yield _email(row)


def _plain(
    row: Row,
    field: str,
    salesforce_field: str,
    xero_column: str,
    sf_column: str,
    form: Callable[[str | None], str | None],
    sf_max: int,
    xero_max: int | None,
    *,
    xero_field: str | None = None,
) -> Comparison:
    """Compare a text that both sides keep in one field. `xero_max` is null for a field that Xero only shows."""
    xero_text, sf_text = squeezed(row[xero_column]) or None, squeezed(row[sf_column]) or None
    xero_value, sf_value = form(xero_text), form(sf_text)
    compared = Comparison(
        field, xero_value, sf_value, xero_text, sf_text, sf_record_id=row["sf_account_id"], sf_object="Account"
    )
    if xero_value == sf_value:
        return compared
    named = xero_field or salesforce_field
    return _changed(
        compared,
        _text_change(salesforce_field, xero_text, row[sf_column], sf_max),
        Change(problem="not_writable")
        if xero_max is None
        else _text_change(named, sf_text, row[xero_column], xero_max),
    )


def _text_change(field: str, text: str | None, present: str | None, longest: int) -> Change:
    if text is None:
        return NO_CHANGE
    if _length(text) > longest:
        return Change(problem=VALUE_TOO_LONG)
    return Change({field: text}, {field: present})


def _email(row: Row) -> Comparison:
    xero_text, sf_text = squeezed(row["contact_email"]) or None, squeezed(row["sf_person_email"]) or None
    compared = Comparison(
        "email", email_form(xero_text), email_form(sf_text), xero_text, sf_text,
        sf_object="Contact", sf_record_id=row["sf_person_id"],
    )  # fmt: skip
    if compared.xero_value == compared.sf_value:
        return compared
    to_salesforce = _text_change("Email", xero_text, row["sf_person_email"], 80)
    to_xero = _text_change("EmailAddress", sf_text, row["contact_email"], 255)
    if xero_text is not None and not is_email(xero_text):
        to_salesforce = Change(problem=EMAIL_INVALID)
    if sf_text is not None and not is_email(sf_text):
        to_xero = Change(problem=EMAIL_INVALID)
    return _changed(compared, to_salesforce, to_xero)


def _phone(row: Row, region: str | None) -> Comparison:
    entry = _xero_phone_entry(row["phones"])
    xero_text = xero_phone_text(entry.get("country_code"), entry.get("area_code"), entry.get("phone_number"))
    sf_text = squeezed(row["account_phone"]) or None
    xero, salesforce = read_phone(xero_text, region), read_phone(sf_text, region)
    compared = Comparison(
        "phone", xero.form if xero else None, salesforce.form if salesforce else None, xero_text, sf_text,
        sf_record_id=row["sf_account_id"],
    )  # fmt: skip
    if compared.xero_value == compared.sf_value:
        return compared
    return _changed(compared, _phone_to_salesforce(xero, row["account_phone"]), _phone_to_xero(salesforce, entry))


def _phone_to_salesforce(phone: Phone | None, present: str | None) -> Change:
    if phone is None:
        return NO_CHANGE
    text = phone.salesforce_text
    return Change(problem=PHONE_INVALID) if text is None else _text_change("Phone", text, present, 40)


def _phone_to_xero(phone: Phone | None, entry: Row) -> Change:
    if phone is None:
        return NO_CHANGE
    parts = phone.xero_parts()
    if parts is None:
        return Change(problem=PHONE_INVALID)
    if _too_long(parts, _XERO_PHONE_MAX):
        return Change(problem=VALUE_TOO_LONG)
    kind = {"PhoneType": entry["phone_type"]}
    present = {name: entry.get(part) or "" for name, part in _XERO_PHONE_PARTS.items()}
    return Change({"Phones": [kind | parts]}, {"Phones": [kind | present]})


def _xero_phone_entry(phones: Sequence[Row] | None) -> Row:
    """The number that stands for the contact: the main one, else the first other filled one that is no fax."""
    filled = [phone for phone in phones or () if squeezed(phone["phone_number"])]
    for kinds in (("DEFAULT",), ("DDI", "OFFICE", "MOBILE")):
        for phone in filled:
            if phone["phone_type"] in kinds:
                return phone
    return {"phone_type": "DEFAULT"}


def _address(row: Row, xero: Address, spelling: Spelling) -> Comparison:
    xero = _as_spelled(xero, spelling)
    has_codes = spelling.state_countries is not None
    salesforce = Address.of(
        row["billing_street"],
        row["billing_city"],
        (has_codes and row["billing_region_code"]) or row["billing_region"],
        row["billing_postal_code"],
        (has_codes and row["billing_country_code"]) or row["billing_country"],
        row["organisation_country_code"],
        spelling.state_countries,
    )
    compared = Comparison(
        "billing_address", xero.form, salesforce.form, xero.text or None, salesforce.text or None,
        sf_record_id=row["sf_account_id"],
    )  # fmt: skip
    if compared.xero_value == compared.sf_value:
        return compared
    return _changed(
        compared,
        NO_CHANGE if xero.is_empty else _address_to_salesforce(row, xero, salesforce, spelling),
        NO_CHANGE if salesforce.is_empty else _address_to_xero(row, salesforce),
    )


def _address_to_salesforce(row: Row, xero: Address, salesforce: Address, spelling: Spelling) -> Change:
    wanted: dict[str, str | None] = {}
    if xero.street_form != salesforce.street_form:
        wanted["BillingStreet"] = "\n".join(xero.lines) or None
    if xero.city_form != salesforce.city_form:
        wanted["BillingCity"] = xero.city or None
    if xero.postal_code_form != salesforce.postal_code_form:
        wanted["BillingPostalCode"] = xero.postal_code or None
    if spelling.state_countries is None:
        if xero.region_form != salesforce.region_form:
            wanted["BillingState"] = xero.salesforce_region()
        if xero.country_form != salesforce.country_form or (xero.country and salesforce.is_bare):
            wanted["BillingCountry"] = xero.salesforce_country()
    else:
        if xero.country_code is None:
            return Change(problem=COUNTRY_UNKNOWN)
        if xero.has_region and xero.region_code is None:
            return Change(problem=REGION_UNKNOWN)
        is_elsewhere = xero.country_form != salesforce.country_form or not (row["billing_country_code"])
        if is_elsewhere:
            wanted["BillingCountryCode"] = xero.country_code
        if xero.region_form != salesforce.region_form:
            wanted["BillingStateCode"] = xero.region_code if xero.has_region else None
    if _too_long(wanted, _SALESFORCE_ADDRESS_MAX):
        return Change(problem=VALUE_TOO_LONG)
    present = {
        "BillingStreet": row["billing_street"], "BillingCity": row["billing_city"],
        "BillingState": row["billing_region"], "BillingPostalCode": row["billing_postal_code"],
        "BillingCountry": row["billing_country"], "BillingStateCode": row["billing_region_code"],
        "BillingCountryCode": row["billing_country_code"],
    }  # fmt: skip
    return Change(wanted, {name: present[name] for name in wanted})


def _address_to_xero(row: Row, salesforce: Address) -> Change:
    entry = _xero_address_entry(row["addresses"])
    wanted = salesforce.xero_entry(entry["address_type"], entry.get("attention_to"))
    if not all(character.isalpha() or character == " " for character in wanted["Country"]):
        return Change(problem=COUNTRY_UNKNOWN)
    if _too_long(wanted, _XERO_ADDRESS_MAX):
        return Change(problem=VALUE_TOO_LONG)
    present = {name: entry.get(part) or "" for name, part in _XERO_ADDRESS_PARTS.items()}
    return Change({"Addresses": [wanted]}, {"Addresses": [{"AddressType": entry["address_type"]} | present]})


def _xero_address_entry(addresses: Sequence[Row] | None) -> Row:
    """The address that stands for the contact: the street one when it is filled, else the postal one."""
    for kind in ("STREET", "POBOX"):
        for address in addresses or ():
            if address["address_type"] == kind and any(address[part] for part in ("line_1", "city", "postal_code")):
                return address
    postal = [address for address in addresses or () if address["address_type"] == "POBOX"]
    return postal[0] if postal else {"address_type": "POBOX"}


def _xero_address(row: Row) -> Address:
    entry = _xero_address_entry(row["addresses"])
    street = "\n".join(entry.get(f"line_{number}") or "" for number in range(1, 5))
    return Address.of(
        street, entry.get("city"), entry.get("region"), entry.get("postal_code"), entry.get("country"),
        row["organisation_country_code"],
    )  # fmt: skip


def _as_spelled(address: Address, spelling: Spelling) -> Address:
    if spelling.state_countries is None:
        return address
    return Address(
        address.lines, address.city, address.region, address.postal_code, address.country, address.implied_country,
        spelling.state_countries,
    )  # fmt: skip


def _country(row: Row, xero: Address) -> str | None:
    """The country whose numbers a phone or tax number without a prefix belongs to; the same for both sides."""
    if xero.country and xero.country_code:
        return xero.country_code
    written = Address.of(None, None, None, None, row["billing_country_code"] or row["billing_country"])
    return written.country_code or row["organisation_country_code"] or None


def _changed(compared: Comparison, to_salesforce: Change, to_xero: Change) -> Comparison:
    return Comparison(
        compared.field, compared.xero_value, compared.sf_value, compared.xero_text, compared.sf_text,
        to_salesforce, to_xero, compared.sf_object, compared.sf_record_id,
    )  # fmt: skip


def _too_long(values: Mapping[str, str | None], limits: Mapping[str, int]) -> bool:
    return any(_length(value or "") > limits[name] for name, value in values.items() if name in limits)


def _length(text: str) -> int:
    """Characters as Salesforce counts them: one outside the basic plane (an emoji) counts as two."""
    return len(text) + sum(character > "\uffff" for character in text)
