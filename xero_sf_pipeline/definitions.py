"""The entry point of the code location: loads `defs`, nothing else."""

from xero_sf_pipeline.defs import build_defs

defs = build_defs()
