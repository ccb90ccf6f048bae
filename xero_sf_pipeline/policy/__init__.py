"""The business rules that a user may change: the model of `data/policy.yaml`, with defaults.

Belongs here: what may be configured (a module per section), the allowed values, and reading the file with all its
problems told at once. Does not belong here: the rules' effects (receivables, billing, planning), secrets and addresses
(`settings.py`), and the matching weights (`matching/policy.py`, embedded under `matching`).
"""

from xero_sf_pipeline.policy.accounts import AccountRules, CreateAccounts, CreateAccountWhen
from xero_sf_pipeline.policy.alerts import AlertRules
from xero_sf_pipeline.policy.cases import CaseRules
from xero_sf_pipeline.policy.fields import Automation
from xero_sf_pipeline.policy.guards import Guards
from xero_sf_pipeline.policy.model import Policy
from xero_sf_pipeline.policy.overdue import OverdueRules
from xero_sf_pipeline.policy.pushing import PushRules
from xero_sf_pipeline.policy.reading import load_policy, parse_policy

__all__ = [
    "AccountRules",
    "AlertRules",
    "Automation",
    "CaseRules",
    "CreateAccountWhen",
    "CreateAccounts",
    "Guards",
    "OverdueRules",
    "Policy",
    "PushRules",
    "load_policy",
    "parse_policy",
]
