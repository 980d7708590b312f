"""Loading the demonstration marketplace into a log of its own, once."""

import socket
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psycopg
from rich.console import Console

from api.demo.marketplace import Marketplace
from api.importing import Summary, Watch, import_history, known_file
from api.settings import Settings
from ledger.facts.refusal import Refusal
from ledger.store.lease import facts_of_others, imports


class OtherLog(Refusal):
    """Made-up sellers are not mixed with real ones."""

    def __init__(self, facts: int) -> None:
        super().__init__(
            f"this ledger holds {facts:,} facts that are no demonstration's",
            field="--data-dir",
            accepted="an empty folder, such as --data-dir /tmp/seller-ledger-demo",
        )


class PortTaken(Refusal):
    """No port is free where the demonstration would be served."""


class Loaded(NamedTuple):
    """The marketplace that is in the log, and what loading it did; None if it was there before."""

    marketplace: Marketplace
    file: Path
    summary: Summary | None

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        done = None if self.summary is None else msgspec.to_builtins(self.summary)
        return {"marketplace": self.marketplace.name, "file": str(self.file), "import": done}

    def tell(self, told: Console) -> None:
        """What a person wants to know of the load."""
        market, done = self.marketplace, self.summary
        size = f"{market.sellers:,} sellers, {market.years} years up to {market.until}"
        if done is None:
            told.print(f"The marketplace is loaded already: {size}.")
        else:
            told.print(
                f"Loaded {size}: {done.lines:,} lines gave {done.facts:,} facts in "
                f"{done.seconds:.1f} s. The history: {self.file}"
            )


def load(dsn: str, settings: Settings, wanted: Marketplace, watch: Watch) -> Loaded:
    """Load a marketplace, unless one is there; one that was begun is gone on with.

    Raises `OtherLog` for a log that holds anything else.
    """
    begun = _begun(dsn)
    marketplace = wanted if begun is None else begun[0]
    file = settings.data_dir / "demo" / f"{marketplace.name}.ndjson"
    if begun is not None and begun[1]:
        return Loaded(marketplace, file, None)
    marketplace.write(file)
    found = known_file(file)
    summary = import_history(dsn, settings, file, found, marketplace.name, watch)
    return Loaded(marketplace, file, summary)


def _begun(dsn: str) -> tuple[Marketplace, bool] | None:
    """The marketplace that the log holds, and whether it was loaded to its end."""
    with psycopg.connect(dsn) as connection:
        for one in imports(connection):
            marketplace = Marketplace.named(one.name)
            if marketplace is not None:
                return marketplace, one.finished
        others = facts_of_others(connection)
    if others:
        raise OtherLog(others)
    return None


def port_to_serve(host: str, port: int) -> int:
    """The port, or the next of ten that is free; raises `PortTaken`."""
    if port == 0:
        return _free(host, 0) or 0
    for candidate in range(port, min(port + 10, 65_536)):
        if _free(host, candidate):
            return candidate
    raise PortTaken(
        f"ports {port} to {port + 9} of {host} are taken", field="--port", accepted="a free port"
    )


def _free(host: str, port: int) -> int | None:
    """The port, if one could listen there now."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError:
        return None
