"""A real Apache Kafka for these tests; docs/kafka.md says what has to be installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.broker.__main__ import QUICK
from deploy.broker.cluster import Cluster, free_ports
from projections.broker.address import Address
from tests.faults.wire import Wire
from tests.kafka import running


@pytest.fixture(scope="session")
def shared_broker(tmp_path_factory: pytest.TempPathFactory) -> running.Shared:
    """The run's broker, and the doors to it that lead through a proxy."""
    mine = tmp_path_factory.getbasetemp()
    # Under xdist each worker has a folder of its own beside the others'.
    whole_run = mine.parent if mine.name.startswith("popen-") else mine
    return running.shared(whole_run / "kafka")


@pytest.fixture(scope="session")
def broker(shared_broker: running.Shared) -> str:
    """Where clients begin: a broker for the run, or LEDGER_KAFKA_BOOTSTRAP where it is set."""
    return shared_broker.bootstrap


@pytest.fixture
def kafka(broker: str) -> Address:
    """The ledger's topics, made for this test alone; everybody uses them by their usual names."""
    return running.own_topics(broker)


@pytest.fixture
def topics(kafka: Address) -> str:
    """What stands before the names of this test's topics in Kafka itself."""
    return kafka.prefix


@pytest.fixture
def wire(shared_broker: running.Shared, worker_id: str) -> Iterator[tuple[str, Wire]]:
    """Where clients begin who reach the run's broker through a proxy, and that proxy."""
    if not shared_broker.wires:
        pytest.skip("LEDGER_KAFKA_BOOTSTRAP names a broker that cannot be told of a proxy")
    mine = int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0
    inside, outside = shared_broker.wires[mine % running.WIRES]
    with Wire(f"host=127.0.0.1 port={inside}", port=outside) as proxy:
        yield f"127.0.0.1:{outside}", proxy


@pytest.fixture(scope="session")
def _three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    running.or_skip()
    folder: Path = tmp_path_factory.mktemp("three") / "kafka"
    made = Cluster(folder, free_ports(3, 1), leash=True, java_options=QUICK)
    try:
        made.start()
        yield made
    finally:
        made.kill()


@pytest.fixture
def cluster(_three: Cluster) -> Iterator[Cluster]:
    """Three brokers, all at work: `kill(n)` and `start(n)` them. Shared by a worker's tests."""
    _three.start()
    yield _three
    _three.start()


@pytest.fixture
def three_kafka(cluster: Cluster) -> Address:
    """The ledger's topics on the three brokers, made for this test alone."""
    return running.own_topics(cluster.bootstrap)
