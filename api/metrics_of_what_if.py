"""Numbers of what-if: how many runs there are in each state, and how far the archive is."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import anyio.to_thread
import msgspec
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from api.what_if.keeping import WhatIf
from api.what_if.runs import STATES


class _Place(msgspec.Struct, frozen=True):
    """The one field of a manifest that is wanted here: the others are skipped."""

    position: int = 0


class WhatIfNumbers:
    """Reads them from the data folder, when they are asked for."""

    def __init__(self, what_if: WhatIf, last_position: Callable[[], int]) -> None:
        self._what_if = what_if
        self._last_position = last_position

    async def read(self) -> list[Metric]:
        """Its numbers now; of a folder that cannot be read, none."""
        try:
            return await anyio.to_thread.run_sync(self._read)
        except (OSError, msgspec.DecodeError):
            return []

    def _read(self) -> list[Metric]:
        counts = Counter(run.state for run in self._what_if.runs.all())
        runs = GaugeMetricFamily(
            "ledger_what_if_runs", "Runs that are kept, by state", labels=["state"]
        )
        for state in STATES:
            runs.add_metric([state], counts[state])
        # The log is read second: it can only be further than what was archived of it.
        position = archived(self._what_if.archive)
        behind = max(0, self._last_position() - position)
        return [
            runs,
            GaugeMetricFamily(
                "ledger_what_if_worker_up",
                "Whether the process of what-if runs",
                int(self._what_if.pid is not None),
            ),
            GaugeMetricFamily("ledger_archive_position", "Archived up to here", position),
            GaugeMetricFamily(
                "ledger_archive_lag_positions", "Facts that are not archived", behind
            ),
        ]


def archived(folder: Path) -> int:
    """The position up to which the log is archived; 0 where nothing is."""
    try:
        told = (folder / "manifest.json").read_bytes()
    except FileNotFoundError:
        return 0
    return msgspec.json.decode(told, type=_Place).position
