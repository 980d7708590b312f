"""`python -m bench.eligibility`: may a thousand products take part in a campaign, in one call.

PRODUCTS=1000 products with DAYS=180 days each, among BESIDE=20000 others; over HTTP, from the views
that the ledger itself made of the campaign and of the seller's penalties.
"""

import json
import os
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from starlette.testclient import TestClient

from api.opening import open_ledger
from api.parts import LedgerParts
from api.serve import application
from api.settings import Settings
from bench.ground import fresh_database, server
from ledger.store.sql import queries

SQL = queries("bench", "eligibility.sql")
ROUNDS = 9


def main() -> int:
    """Measure and print; the exit status says only whether measuring worked."""
    products, days, beside = (
        int(os.environ.get(name, usual))
        for name, usual in (("PRODUCTS", "1000"), ("DAYS", "180"), ("BESIDE", "20000"))
    )
    with server() as dsn:
        database = fresh_database(dsn, "eligibility")
        settings = Settings(auth="off")
        with (
            open_ledger(database, settings) as ledger,
            TemporaryDirectory() as folder,
            TestClient(
                application(LedgerParts(ledger, None, Path(folder))), base_url="http://127.0.0.1"
            ) as client,
        ):
            _announce(client)
            _fill(database, products + beside, days)
            _ask(client, products, days, beside)
    return 0


def _announce(client: TestClient) -> None:
    campaign = {
        "campaign_id": "bench",
        "name": "Bench",
        "registration_opens": "2020-01-01T00:00:00Z",
        "registration_closes": "2120-01-01T00:00:00Z",
        "starts": "2120-01-01T00:00:00Z",
        "ends": "2121-01-01T00:00:00Z",
        "requirements": {
            "positive_review_rate_min": 0.9,
            "sales_window_days": 90,
            "categories": ["toys"],
            "free_delivery": True,
        },
    }
    answer = client.post("/v1/campaigns", json=campaign)
    assert answer.status_code == 201, answer.text
    assert client.get("/v1/sellers/s-1/promotion-eligibility?campaign=bench").status_code == 200


def _fill(dsn: str, products: int, days: int) -> None:
    """Days straight in the views' tables, as the facts would have made them."""
    began = time.monotonic()
    with psycopg.connect(dsn, autocommit=True) as connection:
        last = int(time.time()) // 86_400
        told = {"products": products, "days": days, "last": last}
        for step in ("product_days", "service_days", "settled"):
            psycopg.ClientCursor(connection).execute(SQL[step], told)
    print(f"{products * days:,} days of products in {time.monotonic() - began:.0f} s", flush=True)


def _ask(client: TestClient, products: int, days: int, beside: int) -> None:
    body = {"campaign": "bench", "products": [f"p-{n}" for n in range(1, products + 1)]}
    took_ms: list[float] = []
    found: Any = None
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = client.post("/v1/promotion-eligibility", content=json.dumps(body), headers=_JSON)
        took_ms.append((time.perf_counter() - began) * 1_000)
        assert answer.status_code == 200, answer.text
        found = answer.json()["eligibilities"]
    may = sum(one["eligible"] for one in found)
    print(
        f"{products:,} products of {days} days each, among {beside:,} others: "
        f"{median(took_ms):.0f} ms in one call (median of {ROUNDS}, from {min(took_ms):.0f} to "
        f"{max(took_ms):.0f}); {may} of them may take part"
    )


_JSON = {"Content-Type": "application/json"}

if __name__ == "__main__":
    sys.exit(main())
