"""State and country picklists: addresses whose countries and states are chosen from a list.

The list is a part of the one that Salesforce ships (ISO 3166); as there, only some countries have states, and a state
of another country is refused. Belongs here: the list, the code fields and their agreement with the texts. Does not
belong here: addresses of an org without the feature, which are free text.
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xero_sf_pipeline.sandbox.salesforce.errors import RowRefused
from xero_sf_pipeline.sandbox.salesforce.saving import Row, Saving
from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, ObjectType, PicklistValue, Schema
from xero_sf_pipeline.sandbox.salesforce.storage import Storage, quoted

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState

_SETTING = "state and country picklists"
_ADDRESSES = {"Account": ("Billing", "Shipping"), "Contact": ("Mailing", "Other")}

COUNTRIES = dict(
    entry.strip().split("=")
    for entry in """AT=Austria;AU=Australia;BE=Belgium;CA=Canada;CH=Switzerland;CZ=Czechia;DE=Germany;DK=Denmark
    ES=Spain;FI=Finland;FJ=Fiji;FR=France;GB=United Kingdom;GR=Greece;HK=Hong Kong;IE=Ireland;IS=Iceland;JP=Japan
    LU=Luxembourg;MY=Malaysia;NL=Netherlands;NO=Norway;NZ=New Zealand;PL=Poland;PT=Portugal;SE=Sweden;SG=Singapore
    TH=Thailand;US=United States;VN=Vietnam;ZA=South Africa""".replace("\n", ";").split(";")
)
"""The countries that this org's administrator has made visible."""
STATES = {
    country: dict(entry.strip().split("=") for entry in text.replace("\n", ";").split(";"))
    for country, text in {
        "AU": """ACT=Australian Capital Territory;NSW=New South Wales;NT=Northern Territory;QLD=Queensland
            SA=South Australia;TAS=Tasmania;VIC=Victoria;WA=Western Australia""",
        "CA": """AB=Alberta;BC=British Columbia;MB=Manitoba;NB=New Brunswick;NL=Newfoundland and Labrador
            NS=Nova Scotia;NT=Northwest Territories;NU=Nunavut;ON=Ontario;PE=Prince Edward Island;QC=Quebec
            SK=Saskatchewan;YT=Yukon Territories""",
        "IE": """CE=Clare;CN=Cavan;CO=Cork;CW=Carlow;D=Dublin;DL=Donegal;G=Galway;KE=Kildare;KK=Kilkenny;KY=Kerry
            LD=Longford;LH=Louth;LK=Limerick;LM=Leitrim;LS=Laois;MH=Meath;MN=Monaghan;MO=Mayo;OY=Offaly;RN=Roscommon
            SO=Sligo;TA=Tipperary;WD=Waterford;WH=Westmeath;WW=Wicklow;WX=Wexford""",
        "US": """AK=Alaska;AL=Alabama;AR=Arkansas;AZ=Arizona;CA=California;CO=Colorado;CT=Connecticut
            DC=District of Columbia;DE=Delaware;FL=Florida;GA=Georgia;HI=Hawaii;IA=Iowa;ID=Idaho;IL=Illinois;IN=Indiana
            KS=Kansas;KY=Kentucky;LA=Louisiana;MA=Massachusetts;MD=Maryland;ME=Maine;MI=Michigan;MN=Minnesota
            MO=Missouri;MS=Mississippi;MT=Montana;NC=North Carolina;ND=North Dakota;NE=Nebraska;NH=New Hampshire
            NJ=New Jersey;NM=New Mexico;NV=Nevada;NY=New York;OH=Ohio;OK=Oklahoma;OR=Oregon;PA=Pennsylvania
            RI=Rhode Island;SC=South Carolina;SD=South Dakota;TN=Tennessee;TX=Texas;UT=Utah;VA=Virginia;VT=Vermont
            WA=Washington;WI=Wisconsin;WV=West Virginia;WY=Wyoming""",
    }.items()
}


def enable_places(state: SalesforceState) -> None:
    """Switch state and country picklists on; texts that are in the list get their codes, others stay as they are."""
    state.storage.set_setting(_SETTING, "true")
    restore_places(state.schema, state.storage)
    with state.storage.transaction():
        for name, prefixes in _ADDRESSES.items():
            state.storage.ensure_table(state.schema.get(name))
            for prefix in prefixes:
                _convert(state.storage, name, prefix)


def restore_places(schema: Schema, storage: Storage) -> None:
    """Put the code fields into the schema, when the org was switched."""
    if storage.setting(_SETTING) is None or schema.has_places:
        return
    schema.has_places = True
    for name, prefixes in _ADDRESSES.items():
        one = schema.get(name)
        for prefix in prefixes:
            one.add(_code_field(f"{prefix}StateCode", f"{prefix} State/Province Code", _all_states()))
            one.add(_code_field(f"{prefix}CountryCode", f"{prefix} Country Code", COUNTRIES))
            _add_components(one, prefix)


def check_places(object_name: str, saving: Saving) -> None:
    """Bring codes and texts of changed addresses into agreement, or refuse."""
    for prefix in _ADDRESSES.get(object_name, ()):
        parts = {f"{prefix}{part}" for part in ("State", "StateCode", "Country", "CountryCode")}
        if parts & saving.given and _is_changed(saving, parts):
            _settle(saving, prefix)


def _is_changed(saving: Saving, names: set[str]) -> bool:
    before: Row = saving.before or {}
    return any(saving.row.get(name) != before.get(name) for name in names)


def _settle(saving: Saving, prefix: str) -> None:
    row = saving.row
    country = _chosen(saving, f"{prefix}Country", COUNTRIES, "country/territory", f"{prefix} Country")
    if country is not None or {f"{prefix}Country", f"{prefix}CountryCode"} & saving.given:
        row[f"{prefix}CountryCode"], row[f"{prefix}Country"] = country, COUNTRIES.get(country or "")
    states = STATES.get(country or "", {})
    label = f"{prefix} State/Province"
    given = {f"{prefix}State", f"{prefix}StateCode"} & saving.given
    if country is None and any(row.get(name) is not None for name in given):
        message = f"A country/territory must be specified before specifying a state value for field: {label}"
        raise RowRefused("FIELD_INTEGRITY_EXCEPTION", message, (f"{prefix}State",))
    if not given and row.get(f"{prefix}StateCode") not in states:
        row[f"{prefix}StateCode"] = row[f"{prefix}State"] = None  # the state of another country goes with it
        return
    state = _chosen(saving, f"{prefix}State", states, "state/province", label)
    row[f"{prefix}StateCode"], row[f"{prefix}State"] = state, states.get(state or "")


def _chosen(saving: Saving, name: str, listed: dict[str, str], kind: str, label: str) -> str | None:
    """The code that a row names by code or by text; what the caller gave counts, the code before the text."""
    row, code_name = saving.row, f"{name}Code"
    by_label = {text.lower(): code for code, text in listed.items()}
    code, text = row.get(code_name), row.get(name)
    from_code = next((one for one in listed if code is not None and one.lower() == str(code).lower()), None)
    from_text = None if text is None else by_label.get(str(text).lower())
    is_code_given, is_text_given = code_name in saving.given, name in saving.given
    problem = RowRefused(
        "FIELD_INTEGRITY_EXCEPTION",
        f"There's a problem with this {kind.split('/')[0]}, even though it may appear correct. Please select a {kind} "
        f"from the list of valid {'countries' if kind.startswith('country') else 'states'}.: {label}",
        (name,),
    )
    if is_code_given and code is not None and from_code is None:
        raise problem
    if is_text_given and text is not None and from_text is None and not (is_code_given and code is not None):
        raise problem
    if is_code_given and is_text_given and code is not None and text is not None and from_code != from_text:
        raise problem
    if is_code_given and code is not None:
        return from_code
    if is_text_given:
        return from_text
    return None if is_code_given else from_code


def _code_field(name: str, label: str, listed: dict[str, str]) -> Field:
    choices = tuple(PicklistValue(code, text) for code, text in listed.items())
    return Field(name, FieldType.PICKLIST, label, length=10, picklist=choices)


def _all_states() -> dict[str, str]:
    return {code: text for states in STATES.values() for code, text in states.items()}


def _add_components(one: ObjectType, prefix: str) -> None:
    whole = one.find(f"{prefix}Address")
    assert whole is not None
    one.add(replace(whole, components=(*whole.components, f"{prefix}StateCode", f"{prefix}CountryCode")))


def _convert(storage: Storage, name: str, prefix: str) -> None:
    for code, text in COUNTRIES.items():
        storage.write(
            f'update {quoted(name)} set "{prefix}CountryCode" = ?, "{prefix}Country" = ?'
            f' where "{prefix}Country" = ? collate nocase',
            (code, text, text),
        )
        for state, label in STATES.get(code, {}).items():
            storage.write(
                f'update {quoted(name)} set "{prefix}StateCode" = ?, "{prefix}State" = ?'
                f' where "{prefix}CountryCode" = ? and "{prefix}State" = ? collate nocase',
                (state, label, code, label),
            )
