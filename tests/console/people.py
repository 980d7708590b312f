"""People at the console without a browser: who signs in, and what their pages hold."""

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from typing import Any

import psycopg
from httpx import Response
from starlette.testclient import TestClient

from api.keys import create_key
from tests.api.routes.conftest import ALL_KEYS
from tests.api.routes.world import OWN, World, world_of

FROM_HERE = {"Origin": OWN, "Sec-Fetch-Site": "same-origin"}


class Desk:
    """A ledger behind keys, and the keys to it by their holders' names."""

    def __init__(self, world: World, keys: dict[str, str], dsn: str) -> None:
        self.world = world
        self.keys = keys
        self.dsn = dsn

    def browser(self, **given: Any) -> TestClient:
        """A browser of its own: nobody is signed in yet, and redirects are looked at."""
        asked = {"base_url": OWN, "client": ("127.0.0.1", 50_000), "follow_redirects": False}
        return TestClient(self.world.client.app, **(asked | given))

    def signed_in(self, name: str) -> TestClient:
        """A browser whose visitor has signed in by key."""
        client = self.browser()
        answer = sign_in(client, self.keys[name])
        assert answer.status_code == 303, answer.text
        return client

    def execute(self, sql: Any, *values: Any) -> list[Any]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            cursor = connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def desk_of(dsn: str, **settings: Any) -> Generator[Desk]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        keys = {
            name: create_key(connection, subject=name, scopes=scopes, created_by="test")
            for name, scopes in ALL_KEYS.items()
        }
        keys["s-1"] = create_key(
            connection, subject="s-1", scopes=["standing:read"], created_by="test", seller_id="s-1"
        )
    with world_of(dsn, auth="keys", **settings) as world:
        yield Desk(world, keys, dsn)


def sign_in(
    client: TestClient, key: str, then: str = "", headers: Mapping[str, str] = FROM_HERE
) -> Response:
    form = {"key": key, "then": then}
    return client.post("/console/sign-in", data=form, headers=dict(headers))


def send(client: TestClient, address: str, **fields: str) -> Response:
    """A form as a page of the console sends it, with the token that the page has."""
    told = {"token": token_of(client), **fields}
    return client.post(address, data=told, headers=FROM_HERE)


def token_of(client: TestClient) -> str:
    return hidden(client.get("/console/visitor").text)["token"]


def hidden(page: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _hidden(page)}


def _hidden(page: str) -> Iterator[tuple[str, str]]:
    for field in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page):
        name = re.search(r'name="([^"]*)"', field)
        value = re.search(r'value="([^"]*)"', field)
        if name and value:
            yield name[1], value[1]
