"""Phone numbers: E.164 out of what people type, and the parts that Xero keeps.

Numbers are read with Google's libphonenumber tables (ITU numbering plans). Belongs here: reading and writing one
number. Does not belong here: which of a contact's numbers is compared (`comparison.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from xero_sf_pipeline.parties.texts import folded, squeezed


@dataclass(frozen=True, slots=True)
class Phone:
    """One number. `form` is what is compared: E.164 (with `;ext=`), or the folded text of what is no number.

    A text is given only when reading it again gives the same form, so that what was written is recognised.
    """

    form: str
    e164: str | None
    extension: str | None = None

    @property
    def salesforce_text(self) -> str | None:
        """The text for a phone field; null when this is no phone number."""
        if self.e164 is None:
            return None
        text = f"{self.e164} x{self.extension}" if self.extension else self.e164
        return text if _form(text) == self.form else None

    def xero_parts(self) -> dict[str, str] | None:
        """Country code, area code and number as Xero keeps them; null when this is no phone number."""
        if self.e164 is None:
            return None
        number = phonenumbers.parse(self.e164, None)
        national = phonenumbers.national_significant_number(number)
        area = phonenumbers.length_of_national_destination_code(number)
        country, subscriber = str(number.country_code), national[area:]
        if self.extension:
            subscriber += f" x{self.extension}"
        if _form(xero_phone_text(country, national[:area], subscriber)) != self.form:
            return None
        return {"PhoneNumber": subscriber, "PhoneAreaCode": national[:area], "PhoneCountryCode": country}


@lru_cache(maxsize=200_000)
def read_phone(text: str | None, region: str | None) -> Phone | None:
    """Read a number as it was typed; null when there is none.

    Args:
        region: ISO 3166 code of the country whose numbers are written without a country code there.
    """
    written = squeezed(text)
    if not written:
        return None
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return Phone(folded(written) or written, None)
    if not phonenumbers.is_possible_number(number):
        return Phone(folded(written) or written, None)
    extension = number.extension or None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(f"{e164};ext={extension}" if extension else e164, e164, extension)


def xero_phone_text(country_code: str | None, area_code: str | None, number: str | None) -> str | None:
    """Return one text of Xero's three parts; people also type the whole number into the last one."""
    written = squeezed(number)
    if not written:
        return None
    if written.startswith("+"):
        return written
    country = "".join(filter(str.isdigit, country_code or "")).lstrip("0")
    return " ".join(part for part in (f"+{country}" if country else "", squeezed(area_code), written) if part)


def _form(text: str | None) -> str | None:
    phone = read_phone(text, None)
    return phone.form if phone else None
