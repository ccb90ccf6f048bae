"""The fields, the objects and the permission sets that Salesforce needs, and how they get there.

`force-app/` is an ordinary SFDX project that `sf project deploy start` takes as it is; the Python beside it turns the
same files into a Metadata API package for `xero-sf salesforce deploy` and into the list that `preflight` checks.
Belongs here: what Salesforce must look like. Does not belong here: HTTP (`clients`) and values (`planning`).
"""

from xero_sf_pipeline.salesforce_metadata.deployment import DeployReport, DeployTarget, deploy
from xero_sf_pipeline.salesforce_metadata.expectations import (
    CREATED_STANDARD_FIELDS,
    OBJECTS,
    PERMISSION_SET,
    WRITTEN_STANDARD_FIELDS,
    ExpectedField,
    ExpectedObject,
    expected_fields,
)
from xero_sf_pipeline.salesforce_metadata.package import build_package

__all__ = [
    "CREATED_STANDARD_FIELDS",
    "OBJECTS",
    "PERMISSION_SET",
    "WRITTEN_STANDARD_FIELDS",
    "DeployReport",
    "DeployTarget",
    "ExpectedField",
    "ExpectedObject",
    "build_package",
    "deploy",
    "expected_fields",
]
