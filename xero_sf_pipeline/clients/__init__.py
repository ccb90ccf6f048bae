"""The only code that speaks HTTP to Xero and Salesforce, through their official client libraries.

Each request passes the same gates in this order: circuit breaker (`circuit`), governor (`governor`: concurrency, calls
a minute, budget of the day), token (`tokens`), the library, and `failures`, which turns whatever came back into the
types of `errors.py`. Reads are repeated within bounds (`retry`); writes are sent once and end in a result or
`OutcomeUnknown`.

Does not belong here: what to read or write and when (extraction, pushing), and the meaning of a record.
"""
