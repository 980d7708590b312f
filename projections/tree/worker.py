"""The thread that adds facts to the tree and signs it, behind everybody else."""

import threading
import time
from pathlib import Path
from typing import Any, Final

import psycopg
import structlog

from ledger.facts.refusal import Refusal
from ledger.proof.refusals import MalformedProof
from ledger.store.clocks import Clock
from projections.taking import SQL as TAKING
from projections.tree.integrating import integrate
from projections.tree.leaves import BrokenLog
from projections.tree.signing import KeyElsewhere, Signer

LONGEST_PAUSE_S: Final = 1.0
AWAY_S: Final = 0.5
REFUSED_S: Final = 10.0
"""How long a signer that refuses is left alone: somebody has to do something first."""
STOP_S: Final = 20.0
TREE: Final = "merkle-tree"
SIGNER: Final = "merkle-signer"
"""Leases: of all servers on a database one adds leaves, and one that has the key signs."""
OPTIONS: Final = (
    "-c lock_timeout=10s -c statement_timeout=0 -c idle_in_transaction_session_timeout=60s "
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
)

_log: Final = structlog.get_logger("seller-ledger")


class Notary:
    """Keeps the tree up with the log, and signs a checkpoint every so many seconds if there is
    something new. Without a data folder it has no key, and signs nothing.
    """

    def __init__(self, dsn: str, clock: Clock, data_dir: Path | None, every_s: float) -> None:
        self._dsn = dsn
        self._signer = None if data_dir is None else Signer(data_dir, clock)
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notary", daemon=True)
        self._owned = set[str]()
        self._sign_at = 0.0
        self._told: str | None = None

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way; what is not signed yet is signed at the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except psycopg.OperationalError as away:
                _log.warning("the tree waits for the database", error=type(away).__name__)
            except (BrokenLog, MalformedProof) as broken:
                _log.error("the log or its tree is broken: it stands still", why=str(broken))
                self._stopping.wait(REFUSED_S)
            except Exception:  # noqa: BLE001 - without it nothing would be proved for ever
                _log.exception("the tree could not be kept up")
            self._stopping.wait(AWAY_S)

    def _follow(self) -> None:
        with psycopg.connect(
            self._dsn,
            autocommit=True,
            options=OPTIONS,
            application_name="seller-ledger notary",
            connect_timeout=5,
        ) as connection:
            self._owned.clear()
            while not self._stopping.is_set():
                self.step(connection)
                self._stopping.wait(min(LONGEST_PAUSE_S, self._every_s))

    def step(self, connection: "psycopg.Connection[Any]") -> None:
        """Add what is new to the tree, and sign it when it is time to."""
        if self._own(connection, TREE):
            while integrate(connection) and not self._stopping.is_set():
                pass
        if self._signer is None or time.monotonic() < self._sign_at:
            return
        if not self._own(connection, SIGNER):
            return
        try:
            self._signer.sign(connection)
            self._sign_at = time.monotonic() + self._every_s
            self._told = None
        except Refusal as refused:
            self._refused(connection, refused)

    def _refused(self, connection: "psycopg.Connection[Any]", refused: Refusal) -> None:
        """Say why nothing is signed, once, and let another server try: it may have the key."""
        self._sign_at = time.monotonic() + REFUSED_S
        if SIGNER in self._owned:
            connection.execute(TAKING["disown"], {"name": SIGNER})
            self._owned.discard(SIGNER)
        if self._told != str(refused):
            self._told = str(refused)
            # Of several servers one has the key: that the others have not is as it should be.
            tell = _log.warning if isinstance(refused, KeyElsewhere) else _log.error
            tell("no checkpoint is signed here", why=str(refused), accepted=refused.accepted)

    def _own(self, connection: "psycopg.Connection[Any]", name: str) -> bool:
        if name not in self._owned:
            row = connection.execute(TAKING["own"], {"name": name}).fetchone()
            if row is not None and row[0]:
                self._owned.add(name)
        return name in self._owned
