"""A whole application over a real database, and short ways to ask it."""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from httpx import Response
from starlette.testclient import TestClient

from api.console.opening import visitors_of
from api.console.without_keys import AnybodyHere
from api.keys import Keyring
from api.opening import open_ledger
from api.parts import LedgerParts
from api.serve import application
from api.settings import Settings
from projections.tree.integrating import integrate
from projections.tree.signing import Signer

OWN = "http://127.0.0.1"


class World:
    """An application and short ways to ask it."""

    def __init__(self, client: TestClient, parts: LedgerParts) -> None:
        self.client = client
        self.parts = parts
        self.ledger = parts.ledger

    def record(self, seller: str, violation: str, rule: str = "weapons", **more: Any) -> Response:
        headers = more.pop("headers", None)
        body = report(violation, rule, **more)
        return self.client.post(f"/v1/sellers/{seller}/violations", json=body, headers=headers)

    def annul(self, seller: str, violation: str, **more: Any) -> Response:
        body = {"reason": "a mistake", "annulled_by": "ann"} | more
        return self.client.post(f"/v1/sellers/{seller}/violations/{violation}/annulment", json=body)

    def waive(self, seller: str, sanction: str, **body: Any) -> Response:
        return self.client.post(f"/v1/sellers/{seller}/sanctions/{sanction}/waiver", json=body)

    def standing(self, seller: str, **query: str) -> Any:
        answer = self.client.get(f"/v1/sellers/{seller}/standing", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, address: str, **query: Any) -> Any:
        answer = self.client.get(address, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def proved(self, address: str, **asked: Any) -> Response:
        """The answer once a checkpoint holds what it rests on, as clients wait for it."""
        for _ in range(100):
            answer = self.client.get(address, **asked)
            if answer.status_code != 503 or not answer.json()["type"].endswith("not-proved-yet"):
                break
            time.sleep(0.1)
        return answer

    def move(self, now: str) -> Response:
        return self.client.put("/v1/test-clock", json={"now": now})

    def batch(self, *lines: dict[str, Any] | bytes) -> list[Any]:
        body = b"\n".join(
            line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines
        )
        answer = self.client.post(
            "/v1/facts:batch", content=body, headers={"Content-Type": "application/x-ndjson"}
        )
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]


def report(violation: str, rule: str = "weapons", **more: Any) -> dict[str, Any]:
    told = {
        "violation_id": violation,
        "rule": rule,
        "source": "platform",
        "statement": "Seen in the shop.",
        "reported_by": "svc",
    }
    return told | more


def line(seller: str, violation: str, **more: Any) -> dict[str, Any]:
    return {"command": "record-violation", "seller_id": seller, **report(violation, **more)}


def sign_all(world: World, folder: Path) -> None:
    """Sign a checkpoint of all that the log holds, with the keys in a folder."""
    with psycopg.connect(world.ledger.dsn, autocommit=True) as connection:
        while integrate(connection):
            pass
        Signer(folder, world.ledger.clock).sign(connection)


@contextmanager
def world_of(dsn: str, **given: Any) -> Generator[World]:
    with TemporaryDirectory() as folder, _world(dsn, Path(folder), **given) as world:
        yield world


@contextmanager
def _world(dsn: str, folder: Path, **given: Any) -> Generator[World]:
    settings = Settings(**{"auth": "off", "data_dir": folder, **given})
    with open_ledger(dsn, settings) as ledger:
        keys, visitors = None, AnybodyHere(settings.console_address)

        def connect() -> "psycopg.Connection[Any]":
            return psycopg.connect(dsn, autocommit=True)

        if settings.auth == "keys":
            keys = Keyring(connect)
            visitors = visitors_of(settings, keys, connect)
        private = settings.webhooks_private == "allow"
        parts = LedgerParts(
            ledger,
            keys,
            settings.data_dir,
            webhooks_private=private,
            checkpoint_seconds=settings.checkpoint_seconds,
            # Elsewhere a test signs when it wants to: `sign_all`.
            signs="data_dir" in given,
            visitors=visitors,
        )
        # As a browser on this machine asks: without keys nobody else may.
        with TestClient(application(parts), base_url=OWN, client=("127.0.0.1", 50_000)) as client:
            yield World(client, parts)
