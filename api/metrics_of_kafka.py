"""Numbers of what is published and consumed, as its processes left them in the database."""

from collections import Counter

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from api.workers.reports import MOST_REJECTED, Reports

_OUTCOMES = ("taken", "replayed", "passed-over")
_TOLD = ("facts", "standings", "relayed")
_REJECTED = "rejected:"


def kafka_numbers(told: Reports, last_position: int) -> list[Metric]:
    """The numbers; none where this log has never had to do with Kafka."""
    if not told.reports and not told.counts:
        return []
    return [*_workers(told), *_published(told, last_position), *_commands(told)]


def _workers(told: Reports) -> list[Metric]:
    running = GaugeMetricFamily(
        "ledger_kafka_workers", "Processes that publish or consume, or wait to", labels=["worker"]
    )
    working = GaugeMetricFamily(
        "ledger_kafka_working", "Those of them that nothing keeps from it", labels=["worker"]
    )
    for worker in told.kinds:
        fresh = told.fresh(worker)
        running.add_metric([worker], len(fresh))
        working.add_metric([worker], sum(each.works for each in fresh))
    failing = GaugeMetricFamily(
        "ledger_kafka_failing",
        "Processes that something keeps, by what",
        labels=["worker", "error"],
    )
    # The kind alone: the words may name hosts, and every other text would be a series of its own.
    for (worker, kind), count in Counter((w, e.partition(":")[0]) for w, e in told.errors).items():
        failing.add_metric([worker, kind], count)
    return [running, working, failing]


def _published(told: Reports, last_position: int) -> list[Metric]:
    messages = CounterMetricFamily(
        "ledger_kafka_published", "Messages that were published", labels=["what"]
    )
    for what in _TOLD:
        messages.add_metric([what], told.counts.get(("publish", what), 0))
    behind = max(0, last_position - told.published_to)
    parked = max((each.parked for each in told.fresh("publish")), default=0)
    return [
        GaugeMetricFamily(
            "ledger_kafka_published_position", "Published up to here", told.published_to
        ),
        GaugeMetricFamily("ledger_kafka_lag_positions", "Facts that are not published", behind),
        GaugeMetricFamily(
            "ledger_kafka_parked_streams", "Streams of which nothing can be published", parked
        ),
        messages,
    ]


def _commands(told: Reports) -> list[Metric]:
    waiting = GaugeMetricFamily(
        "ledger_kafka_commands_waiting", "Commands that nobody has read", labels=["partition"]
    )
    found = Counter[str]()
    for report in told.fresh("consume"):
        found.update(report.waiting)
    for place, count in sorted(found.items()):
        waiting.add_metric([place.rpartition("/")[2]], count)
    commands = CounterMetricFamily(
        "ledger_kafka_commands", "Commands, by what became of them", labels=["outcome"]
    )
    for outcome in _OUTCOMES:
        commands.add_metric([outcome], told.counts.get(("consume", outcome), 0))
    rejected = CounterMetricFamily(
        "ledger_kafka_rejected", "Commands that were rejected, by their problem", labels=["problem"]
    )
    for (worker, what), count in told.counts.items():
        if worker == "consume" and what.startswith(_REJECTED):
            rejected.add_metric([what.removeprefix(_REJECTED)], count)
    left = GaugeMetricFamily(
        "ledger_kafka_rejected_waiting",
        f"Rejected messages that are not sent back, counted up to {MOST_REJECTED}",
        told.rejected_waiting,
    )
    return [waiting, commands, rejected, left]
