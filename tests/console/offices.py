"""An office: a real server behind real keys, and its people, each in a browser of their own."""

import socket
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import psycopg
from playwright.sync_api import Browser, Page

from api.keys import create_key
from tests.api.program import Program, program
from tests.console.browsing import Tab, tab

PEOPLE: Final[Mapping[str, list[str]]] = {
    "ann": ["audit:read", "cases:decide"],
    "bo": ["audit:read", "cases:decide"],
    "rob": ["audit:read", "cases:decide", "facts:write"],
    "ina": ["audit:read", "what-if:run"],
    "shop": ["standing:read"],
    "root": ["admin"],
}
"""Who works here, and what they may: ann and bo judge, rob also records, ina asks what if."""
_AT_PORT: Final = """
from api.serve import serve_ledger
from api.settings import read_settings
serve_ledger(read_settings(), "127.0.0.1", {port})
"""


class Office:
    """A server, its keys by their holders, and the browsers that stand open."""

    def __init__(self, served: Program, keys: dict[str, str], browser: Browser) -> None:
        self.served = served
        self.base = served.base
        self.keys = keys
        self._browser = browser
        self._open: dict[str, Tab] = {}
        self._stack = ExitStack()

    def stranger(self, **more: Any) -> Tab:
        """A browser of its own that nobody is signed in with."""
        return self._stack.enter_context(tab(self._browser, self.base, **more))

    def at_desk(self, name: str) -> Tab:
        """Somebody's browser, signed in by key; the same one each time."""
        if name not in self._open:
            self._open[name] = self.stranger(accept_downloads=True)
            self._open[name].go("visitor")
            self.sign_in(self._open[name].page, name)
        self._open[name].wrong.clear()
        return self._open[name]

    def sign_in(self, page: Page, name: str) -> None:
        """Fill the page for signing in."""
        page.get_by_label("Key").fill(self.keys[name])
        page.get_by_role("button", name="Sign in").click()

    def tell(self, method: str, path: str, body: Any = None, by: str = "root") -> Any:
        """Ask the HTTP interface, as a neighbouring system would."""
        headers = {"Authorization": f"Bearer {self.keys[by]}"}
        answer = self.served.client.request(method, path, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def record(self, seller: str, violation: str, rule: str = "weapons", **more: Any) -> Any:
        """A violation that rob records."""
        told = {
            "violation_id": violation, "rule": rule, "source": "platform",
            "statement": "Seen in the shop.", "reported_by": "rob",
        }  # fmt: skip
        return self.tell("POST", f"/v1/sellers/{seller}/violations", told | more, by="rob")

    def move(self, now: str) -> None:
        """Move the sandbox's clock."""
        self.tell("PUT", "/v1/test-clock", {"now": now})

    def status(self, seller: str) -> str:
        """How a seller stands now."""
        return self.tell("GET", f"/v1/sellers/{seller}/standing")["status"]

    def facts(self, **wanted: str) -> list[str]:
        """The kinds of the facts in the log, but for those that say who read or signed in."""
        asked = "&".join(f"{name}={value}" for name, value in {"limit": "1000", **wanted}.items())
        found = self.tell("GET", f"/v1/facts?{asked}")["facts"]
        kinds = [fact["kind"].partition(".")[0] for fact in found]
        return [kind for kind in kinds if kind != "sensitive-record-read"]

    def close(self) -> None:
        """Close every browser."""
        self._stack.close()


@contextmanager
def office_of(dsn: str, browser: Browser, port: int = 0, **settings: str) -> Generator[Office]:
    """An office on a database."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        keys = {
            name: create_key(connection, subject=name, scopes=scopes, created_by="test")
            for name, scopes in PEOPLE.items()
        }
    with program(dsn, _AT_PORT.format(port=port), auth="keys", **settings) as served:
        office = Office(served, keys, browser)
        try:
            yield office
        finally:
            office.close()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
