"""`xero-sf preflight`: is everything in place for a run? One line for each check, with the remedy.

Reads only, stops at nothing: a problem becomes a line, and a check that it stands in the way of says so. Belongs here:
the order of the checks. Does not belong here: the checks (`local`, `xero`, `salesforce`) or printing (`cli`).
"""

from xero_sf_pipeline.preflight.result import CheckResult, Severity, has_errors
from xero_sf_pipeline.preflight.run import preflight, run_preflight

__all__ = ["CheckResult", "Severity", "has_errors", "preflight", "run_preflight"]
