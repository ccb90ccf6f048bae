"""Stories: customers of their own for every case of quote to cash, beside the company that chance made.

`CompanySpec(stories=True)` adds them; nothing of the rest of the company changes. `Company.stories` says which records
show which case. A story's records have ids and numbers (`PRJ-`, `PCN-`, `PPP-`, `QU-`) of their own, so that a larger
company keeps them.
"""

from xero_sf_pipeline.sandbox.company.stories.story import Story, StoryKind

__all__ = ["Story", "StoryKind"]
