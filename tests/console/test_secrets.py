"""No key, cookie, code or token stands in a log, an address or a page."""

from collections.abc import Iterator

import pytest

from tests.api.routes.test_logs import Written, written
from tests.conftest import database
from tests.console.people import FROM_HERE, Desk, desk_of, send, sign_in
from tests.console.providing import Person, provider
from tests.console.test_openid import SETTINGS, back, begun

assert written  # the fixture that reads what is logged


@pytest.fixture
def office(postgres: str, template: str) -> Iterator[Desk]:
    with (
        database(postgres, template) as (_, dsn),
        provider() as issuer,
        desk_of(dsn, openid_issuer=issuer, **SETTINGS) as made,
    ):
        yield made


def test_nothing_secret_is_logged_or_shown(office: Desk, written: Written) -> None:
    key = office.keys["analyst"]
    wrong = key[:-8] + "planted8"
    client = office.browser()
    pages = [sign_in(client, wrong), sign_in(client, key, f"visitor?key={wrong}")]
    cookie = client.cookies["ledger-session"]
    pages += [client.get("/console/visitor"), client.get("/console/nowhere")]
    pages += [client.post("/console/sign-out", data={"token": "x", "note": "planted-note"})]
    pages += [send(client, "/console/sign-out")]
    target = Person("ann").goes(begun(client))
    code = target.partition("code=")[2].partition("&")[0]
    pages += [back(client, target), client.get("/console/visitor")]
    pages += [client.get(target.removeprefix("http://127.0.0.1")), client.get("/console/sign-in")]
    pages += [client.post("/console/sign-out", content=b"\xff", headers=FROM_HERE)]
    log = written.getvalue().decode() + "".join(str(line) for line in written.lines())
    assert "/console/sign-in" in log
    for secret in (key, wrong, cookie, code, client.cookies["ledger-session"], "client-secret"):
        assert len(secret) > 10
        assert secret not in log
        for page in pages:
            assert secret not in page.text
            assert secret == wrong or secret not in page.headers.get("location", "")
    assert "planted" not in log
