"""What `/metrics` shows: requests counted here, and what others are asked when it is read.

Requests are counted in plain numbers. Prometheus' own objects take a lock for each, which
a read from memory would feel; here they are only made of the numbers when somebody asks.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.problems import TOLD
from ledger.store.tally import Tally

SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Source(Protocol):
    """Something with numbers of its own."""

    async def read(self) -> list[Metric]:
        """Its numbers now. Never fails and never takes long."""
        ...


class Metrics:
    """Requests and refusals, the process, and whatever `sources` know."""

    def __init__(self) -> None:
        self.sources: list[Source] = []
        self._requests: dict[tuple[str, str, int], Tally] = {}
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        GCCollector(registry=self._process)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note one answered request."""
        key = (method, route, status)
        tally = self._requests.get(key)
        if tally is None:
            tally = self._requests[key] = Tally(SECONDS)
        tally.note(seconds)

    async def page(self) -> bytes:
        """Everything, as Prometheus reads it."""
        found = [*_requests(self._requests), *_refusals(TOLD)]
        for source in self.sources:
            found += await source.read()
        return generate_latest(_Found([*found, *self._process.collect()]))


class _Found(Collector):
    """Numbers that were read already, in the shape that the exposition asks for."""

    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = list(found)

    def collect(self) -> Iterator[Metric]:
        return iter(self._found)


def counter(name: str, says: str, value: float) -> Metric:
    """A number that only grows; `_total` is added to its name."""
    return CounterMetricFamily(name, says, value=value)


def histogram(name: str, says: str, tally: Tally) -> Metric:
    """A tally as Prometheus wants it."""
    buckets, total = _buckets(tally)
    return HistogramMetricFamily(name, says, buckets=buckets, sum_value=total)


def _buckets(tally: Tally) -> tuple[list[tuple[str, float]], float]:
    total = tally.total
    return [(_bound(bound), count) for bound, count in tally.at_or_below()], total


def _bound(bound: float) -> str:
    return "+Inf" if bound == float("inf") else str(float(bound))


def _requests(counted: dict[tuple[str, str, int], Tally]) -> list[Metric]:
    labels = ["method", "route", "status"]
    requests = CounterMetricFamily("ledger_http_requests", "Requests answered", labels=labels)
    seconds = HistogramMetricFamily(
        "ledger_http_request_seconds",
        "From the request's head to the answer's end",
        labels=["method", "route"],
    )
    by_route: dict[tuple[str, str], list[Tally]] = {}
    for (method, route, status), tally in list(counted.items()):
        requests.add_metric([method, route, str(status)], tally.count)
        by_route.setdefault((method, route), []).append(tally)
    for (method, route), tallies in by_route.items():
        each = [_buckets(tally) for tally in tallies]
        summed = [
            (rows[0][0], sum(count for _, count in rows))
            for rows in zip(*(buckets for buckets, _ in each), strict=True)
        ]
        seconds.add_metric([method, route], summed, sum(total for _, total in each))
    return [requests, seconds]


def _refusals(counted: Counter[str]) -> list[Metric]:
    refusals = CounterMetricFamily(
        "ledger_refusals", "Requests and lines refused, by problem type", labels=["problem"]
    )
    for problem, count in sorted(counted.items()):
        refusals.add_metric([problem], count)
    return [refusals]
