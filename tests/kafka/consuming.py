"""A process that consumes: `python -m tests.kafka.consuming DSN BOOTSTRAP PREFIX CLIENT`."""

import signal
import sys
from threading import Event
from typing import cast

from api.inbox.consumer import GROUP, Consumer
from projections.broker.address import Address, Client
from projections.broker.opening import open_reader
from projections.broker.topics import COMMANDS
from tests.store.opened import opened


def main(dsn: str, bootstrap: str, prefix: str, client: Client) -> None:
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    address = Address(bootstrap, prefix, client)
    with opened(dsn) as ledger:
        Consumer(ledger, lambda: open_reader(address, [COMMANDS], GROUP)).run(stop)


if __name__ == "__main__":
    main(*sys.argv[1:4], cast(Client, sys.argv[4]))
