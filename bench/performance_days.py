"""How fast days of performance are imported, and in how much memory: `make bench-days`.

Writes DAYS lines of NDJSON (a million if nothing is said), every other one a product's, in the
order of time, and imports the file as `seller-ledger import` does. Prints, every 100,000 lines,
how fast the last of them were taken and the memory of this process.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from api.history_files import identity
from api.importing import import_commands
from api.settings import Settings
from bench.ground import fresh_database, server
from bench.long_import import resident_mb

EVERY: Final = 100_000
SELLERS: Final = 2_500
PRODUCTS_EACH: Final = 4
CARRIERS: Final = ("DHL", "Post", "GLS")
FIRST: Final = date(2024, 1, 1)
_ENCODER: Final = msgspec.json.Encoder()


def lines(count: int) -> Iterator[bytes]:
    """Days in the order of time: of every seller one, and of every seller a product's."""
    draw = Random(7)
    for number in range(count):
        pair, products = divmod(number, 2)
        day, seller = divmod(pair, SELLERS)
        told = {"seller_id": f"s-{seller:06d}", "date": str(FIRST + timedelta(days=day))}
        make = _product if products else _seller
        yield _ENCODER.encode(make(told, seller, day, draw)) + b"\n"


def _seller(told: dict[str, str], _seller: int, _day: int, draw: Random) -> dict[str, object]:
    orders, reviews, due = draw.randrange(20, 400), draw.randrange(5, 90), draw.randrange(1, 40)
    rating = {"sum": reviews * 4, "count": reviews}
    return {
        "command": "report-performance",
        **told,
        "orders": orders,
        "incomplete": orders // 30,
        "unsent": orders // 90,
        "reviews": reviews,
        "positive_reviews": reviews - reviews // 9,
        "ratings": {"description": rating, "communication": rating, "shipping_speed": rating},
        "messages_due": due,
        "replied_24h": due - due // 5,
        "replied_72h": due,
        "carriers": {
            name: {"shipped": orders // 3, "on_time": orders // 4}
            for name in draw.sample(CARRIERS, 2)
        },
    }


def _product(told: dict[str, str], seller: int, day: int, draw: Random) -> dict[str, object]:
    reviews = draw.randrange(6)
    return {
        "command": "report-product-performance",
        "product_id": f"p-{seller * PRODUCTS_EACH + day % PRODUCTS_EACH:07d}",
        **told,
        "sales": draw.randrange(60),
        "reviews": reviews,
        "rating_sum": reviews * 4,
        "category": "toys",
        "free_delivery": True,
    }


class Rows:
    """Prints a row whenever another 100,000 lines are durable."""

    def __init__(self) -> None:
        self._since = time.perf_counter()
        self._printed = 0

    def __call__(self, done: int, _: int) -> None:
        if done - self._printed < EVERY:
            return
        now = time.perf_counter()
        rate = (done - self._printed) / (now - self._since)
        print(f"{done:>11,} {rate:>9,.0f} {resident_mb():>7.0f}", flush=True)
        self._printed, self._since = done, now


def main() -> int:
    """Import, print the rows, and say how it went."""
    count = int(os.environ.get("DAYS", "1000000"))
    with tempfile.TemporaryDirectory() as folder, server() as dsn:
        path = Path(folder) / "days.ndjson"
        with path.open("wb") as file:
            file.writelines(lines(count))
        print(f"{count:,} lines, {path.stat().st_size / 1e6:,.0f} MB")
        print(f"{'lines':>11} {'lines/s':>9} {'MiB':>7}")
        settings = Settings(auth="off")
        told = import_commands(fresh_database(dsn, "days"), settings, path, identity(path), Rows())
    print(f"{told.lines:,} lines, {told.facts:,} facts, {told.refused:,} refused in "
          f"{told.seconds:.1f} s: {told.lines / told.seconds:,.0f} lines/s, "
          f"{resident_mb():.0f} MiB at the end")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
