"""A new org as Salesforce hands it over: organisation, profile, integration user, picklist rows, standard price book.

Belongs here: rows that exist before any business data. Does not belong here: the company's own data (`seeding`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xero_sf_pipeline.sandbox.salesforce.standard_objects import (
    CASE_STATUSES,
    OPPORTUNITY_STAGES,
    TASK_PRIORITIES,
    TASK_STATUSES,
)

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
        _list_choices(state)
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
        _list_choices(state)
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


_CHOICES = (
    ("CaseStatus", "IsClosed", CASE_STATUSES, "New"),
    ("TaskStatus", "IsClosed", TASK_STATUSES, "Not Started"),
    ("TaskPriority", "IsHighPriority", TASK_PRIORITIES, "Normal"),
)


def _list_choices(state: SalesforceState) -> None:
    """Fill the lists of choices that are empty: those of a new org, and those that an older sandbox did not have."""
    for table, flag, choices, preset in _CHOICES:
        if state.rows(table):
            continue
        for order, (label, meaning) in enumerate(choices, start=1):
            row = {"MasterLabel": label, "SortOrder": order, "IsDefault": label == preset, flag: meaning}
            state.insert(table, row)
