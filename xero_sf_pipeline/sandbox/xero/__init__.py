"""The Xero Accounting API as the sandbox plays it: OAuth2, connections and `/api.xro/2.0`."""
