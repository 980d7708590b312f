"""What `seller-ledger doctor` says of each thing that it looked at."""

from typing import Literal, NamedTuple

Verdict = Literal["ok", "warn", "fail"]


class Finding(NamedTuple):
    """One thing looked at, in one plain sentence; and what to do, where there is something."""

    what: str
    verdict: Verdict
    says: str
    do: str | None = None
