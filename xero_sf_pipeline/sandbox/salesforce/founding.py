"""A new org as Salesforce hands it over: organisation, profile, integration user, picklist rows, standard price book.

Belongs here: rows that exist before any business data. Does not belong here: the company's own data (`seeding`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xero_sf_pipeline.sandbox.salesforce.standard_objects import CASE_STATUSES, OPPORTUNITY_STAGES

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.salesforce.state import SalesforceState

INTEGRATION_USER = "integration user"
"""Name of the setting that holds the integration user's id."""
_USER = {
    "Username": "xero.integration@sandbox.example",
    "FirstName": "Xero",
    "LastName": "Integration",
    "Email": "xero.integration@sandbox.example",
    "Alias": "xeroint",
    "TimeZoneSidKey": "Europe/London",
    "LocaleSidKey": "en_GB",
    "EmailEncodingKey": "UTF-8",
    "LanguageLocaleKey": "en_US",
}
_CATEGORY_NAMES = {"BestCase": "Best Case", "Forecast": "Commit"}


def found_org(state: SalesforceState) -> None:
    """Create the first rows of a new org; an org that has them is left alone."""
    if state.storage.setting(INTEGRATION_USER) is not None:
        return
    with state.storage.transaction():
        state.storage.set_setting(INTEGRATION_USER, state.storage.new_id(state.schema.get("User")))
        profile = state.insert("Profile", {"Name": "Minimum Access - API Only Integrations"})
        state.insert("User", {**_USER, "ProfileId": profile, "Id": state.user_id})
        state.insert(
            "Organization",
            {
                "Name": "Sandbox Org",
                "InstanceName": "SB1",
                "TimeZoneSidKey": "Europe/London",
                "FiscalYearStartMonth": 1,
                "DefaultLocaleSidKey": "en_GB",
                "LanguageLocaleKey": "en_US",
            },
        )
        for order, (label, is_closed) in enumerate(CASE_STATUSES, start=1):
            row = {"MasterLabel": label, "SortOrder": order, "IsDefault": order == 1, "IsClosed": is_closed}
            state.insert("CaseStatus", row)
        for order, (label, probability, is_closed, is_won, category) in enumerate(OPPORTUNITY_STAGES, start=1):
            state.insert(
                "OpportunityStage",
                {
                    "MasterLabel": label,
                    "IsActive": True,
                    "SortOrder": order,
                    "IsClosed": is_closed,
                    "IsWon": is_won,
                    "DefaultProbability": probability,
                    "ForecastCategory": category,
                    "ForecastCategoryName": _CATEGORY_NAMES.get(category, category),
                },
            )
        state.insert("Pricebook2", {"Name": "Standard Price Book", "IsActive": True, "IsStandard": True})
