"""The open, self-hosted operating layer between Xero and Salesforce.

The stages, in the only direction that data flows: extract, stage, match and derive, plan, push, report.
Nothing is imported here, so that `import xero_sf_pipeline` costs nothing and reads no environment.
"""
