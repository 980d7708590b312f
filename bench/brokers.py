"""A broker for figures, and topics of each figure's own."""

import os
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.broker.__main__ import QUICK as FEWER_OPTIONS
from deploy.broker.cluster import Cluster, free_ports
from projections.broker.address import Address
from projections.broker.preparing import ensure_topics
from projections.broker.topics import TOPICS


@contextmanager
def broker() -> Generator[str]:
    """A broker of our own that ends with us, unless LEDGER_KAFKA_BOOTSTRAP names one."""
    given = os.environ.get("LEDGER_KAFKA_BOOTSTRAP")
    if given:
        yield given
        return
    with TemporaryDirectory(prefix="ledger bench broker ") as folder:
        cluster = Cluster(Path(folder), free_ports(1), leash=True, java_options=FEWER_OPTIONS)
        try:
            cluster.start()
            yield cluster.bootstrap
        finally:
            cluster.kill()


def own_topics(bootstrap: str) -> Address:
    """The ledger's topics, which nobody else uses."""
    address = Address(bootstrap, prefix=f"bench-{uuid.uuid4().hex[:8]}.")
    assert ensure_topics(address, TOPICS) == []
    return address
