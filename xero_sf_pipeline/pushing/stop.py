"""The end of a push before its end.

Belongs here: the signal inside `pushing`; it never leaves the package (the report carries the reason instead).
"""

from __future__ import annotations

from xero_sf_pipeline.errors import PipelineError


class PushStopped(PipelineError):
    """Nothing more can be sent now: a day limit, refused credentials, or no answer. The rest stays planned."""
