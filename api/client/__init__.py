"""The storefront's own copy of standings: what another service imports to ask who may sell.

Nothing of the server is imported here, and a test keeps it so: no web framework, no database, no
engine. How it is used: `docs/client.md`.
"""

from api.client.failures import Closed, KeyRefused, Unanswered
from api.client.sources import Stream, Topic
from api.client.standing import Bucket, Freeze, Sanction, Standing
from api.client.standings import Counts, Standings

__all__ = [
    "Bucket",
    "Closed",
    "Counts",
    "Freeze",
    "KeyRefused",
    "Sanction",
    "Standing",
    "Standings",
    "Stream",
    "Topic",
    "Unanswered",
]
