"""P2: one violation a request from many clients, durable when answered, against one transaction a
request through the plain library.
"""

import json
from statistics import median
from typing import Any

from api.opening import open_ledger
from api.settings import Settings
from bench.ground import fresh_database, violation_lines
from bench.serving import Serving, load
from bench.table import Row

CLIENTS = 64


def measure(dsn: str, *, quick: bool) -> list[Row]:
    """The row of P2."""
    rounds, seconds = (2, 1.0) if quick else (3, 8.0)
    ours_in, theirs_in = fresh_database(dsn, "posts"), fresh_database(dsn, "plain", migrated=False)
    with open_ledger(ours_in, Settings(auth="off")):
        pass
    ours: list[float] = []
    plain: list[float] = []
    with Serving("ledger", ours_in) as port, Serving("plain", theirs_in) as plain_port:
        for turn in range(rounds):
            posts = [post_of(line, turn) for line in violation_lines(int(8_000 * seconds), 2_000)]
            ours.append(load(port, posts, CLIENTS, seconds, once=True)["rate"])
            plain.append(load(plain_port, posts, CLIENTS, seconds, once=True)["rate"])
    return [
        Row("P2", "POST one violation, durable", median(ours), median(plain), "requests/s", 5.0,
            note=f"{CLIENTS} clients, {rounds} rounds of {seconds:.0f} s; the plain route keeps "
            "the body as one event and decides nothing"),
    ]  # fmt: skip


def post_of(line: bytes, turn: int) -> str:
    """A command of a batch as a request of its own, for the load client."""
    told: dict[str, Any] = json.loads(line)
    told["violation_id"] += f"-{turn}"
    del told["command"]
    return f"/v1/sellers/{told.pop('seller_id')}/violations\t{json.dumps(told)}"
