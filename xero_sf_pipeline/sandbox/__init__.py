"""Local Xero and Salesforce servers with a believable company, for the demo, the tests and the benchmarks.

The sandbox stands in at the network boundary: the same real client libraries run unchanged against it.
Only the command line, the tests and the benchmarks may import it; production code must not know that it exists.
"""
