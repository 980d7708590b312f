"""Numbers of this process: its clerk and journal, what it remembers, and its connections.

Nothing here asks the database.
"""

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from api.metrics import counter, histogram
from api.parts import LedgerParts
from api.standings import MOST_READY
from ledger.clerk import MOST_WAITING


class ProcessNumbers:
    """What these parts count while they work."""

    def __init__(self, parts: LedgerParts) -> None:
        self._parts = parts

    async def read(self) -> list[Metric]:
        """Its numbers now."""
        return [*self._clerk(), *self._journal(), *self._memory(), *self._connections()]

    def _clerk(self) -> list[Metric]:
        clerk = self._parts.ledger.clerk
        return [
            histogram(
                "ledger_clerk_transaction_requests",
                "Requests written together in one transaction",
                clerk.requests,
            ),
            histogram(
                "ledger_clerk_durable_seconds",
                "From a submission to its answer, which is durable",
                clerk.durable_seconds,
            ),
            GaugeMetricFamily("ledger_clerk_waiting", "Submissions that wait", clerk.waiting()),
            GaugeMetricFamily(
                "ledger_clerk_waiting_max", "As many may wait; more are refused", MOST_WAITING
            ),
        ]

    def _journal(self) -> list[Metric]:
        written = self._parts.ledger.journal.written
        ended = CounterMetricFamily(
            "ledger_clerk_transactions", "Transactions by how they ended", labels=["outcome"]
        )
        ended.add_metric(["committed"], written.transactions)
        ended.add_metric(["failed"], written.failed)
        return [
            ended,
            counter(
                "ledger_clerk_retries",
                "Transactions begun anew because the connection broke",
                written.tried_again,
            ),
            histogram(
                "ledger_clerk_transaction_facts",
                "Facts written together in one transaction",
                written.facts,
            ),
            histogram(
                "ledger_clerk_lock_seconds", "Waiting for the log's lock", written.lock_seconds
            ),
            histogram(
                "ledger_clerk_write_seconds",
                "Writing a transaction's facts, to the end of COMMIT",
                written.write_seconds,
            ),
        ]

    def _memory(self) -> list[Metric]:
        memory = self._parts.ledger.memory
        forgotten = CounterMetricFamily(
            "ledger_sellers_forgotten", "Sellers forgotten, by why", labels=["why"]
        )
        forgotten.add_metric(["crowded-out"], memory.crowded_out)
        forgotten.add_metric(["outdated"], memory.outdated)
        return [
            GaugeMetricFamily("ledger_sellers_remembered", "Sellers in memory", memory.size()),
            GaugeMetricFamily(
                "ledger_sellers_remembered_max", "As many are kept", memory.most_sellers
            ),
            counter("ledger_sellers_hits", "Sellers asked for and remembered", memory.hits),
            counter(
                "ledger_sellers_misses",
                "Sellers asked for and read from the database",
                memory.misses,
            ),
            forgotten,
            GaugeMetricFamily(
                "ledger_standings_ready", "Standings kept as bytes", self._parts.standings.ready()
            ),
            GaugeMetricFamily("ledger_standings_ready_max", "As many are kept", MOST_READY),
            GaugeMetricFamily(
                "ledger_ready",
                "1 once every view has caught up with the log as it was at start",
                int(self._parts.was_ready),
            ),
        ]

    def _connections(self) -> list[Metric]:
        """The readers' pool; psycopg leaves out of its numbers those that are nought."""
        pool = self._parts.ledger.reader.connections()
        size, idle = pool.get("pool_size", 0), pool.get("pool_available", 0)
        connections = GaugeMetricFamily(
            "ledger_pool_connections", "Readers' connections, by state", labels=["state"]
        )
        connections.add_metric(["used"], size - idle)
        connections.add_metric(["idle"], idle)
        return [
            connections,
            GaugeMetricFamily(
                "ledger_pool_connections_max", "As many may be open", pool.get("pool_max", 0)
            ),
            GaugeMetricFamily(
                "ledger_pool_waiting",
                "Readers that wait for a connection",
                pool.get("requests_waiting", 0),
            ),
            counter(
                "ledger_pool_timeouts",
                "Readers that waited for a connection in vain",
                pool.get("requests_errors", 0),
            ),
        ]
