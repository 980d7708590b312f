"""`webhooks` at the terminal: the same endpoints as over HTTP."""

import pytest

from tests.cli.conftest import Run

NEAR = {"LEDGER_WEBHOOKS_PRIVATE": "allow"}
URL = "http://127.0.0.1:9/hooks"


def test_endpoints_are_added_listed_rotated_and_removed(run: Run) -> None:
    added = run("webhooks", "add", "shop", URL, "--status", "suspended", "--json", **NEAR).json()
    assert added["secret"].startswith("whsec_")
    again = run("webhooks", "add", "shop", URL, "--status", "suspended", **NEAR)
    assert (again.status, again.out) == (0, "Webhook shop is there already.\n")
    (listed,) = run("webhooks", "list", "--json").json()
    assert (listed["webhook_id"], listed["statuses"]) == ("shop", ["suspended"])
    assert added["secret"] not in run("webhooks", "list").out
    rotated = run("webhooks", "rotate", "shop", "--json").json()
    assert rotated["secret"] != added["secret"]
    assert run("webhooks", "dead", "shop", "--json").json() == []
    assert "removed" in run("webhooks", "remove", "shop").out
    assert run("webhooks", "list").out == "There are no webhooks.\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "shop", "https://10.0.0.1/"), "not on the public internet"),
        (("add", "shop", "http://1.1.1.1/"), "Accepted: https://"),
        (("add", "-", "https://1.1.1.1/", "--json"), "is not an id"),
        (("add", "shop", "https://1.1.1.1/", "--from", "99"), "log's end"),
        (("add", "shop", "https://1.1.1.1/", "--status", "closed"), "Accepted: active"),
        (("remove", "nobody"), "no webhook"),
        (("rotate", "nobody"), "no webhook"),
        (("dead", "nobody"), "no webhook"),
        (("retry", "nobody", "1"), "no webhook"),
        (("retry", "nobody", "x"), "not a position"),
    ],
)
def test_refusals(run: Run, words: tuple[str, ...], says: str) -> None:
    ran = run("webhooks", *words)
    assert ran.status == 1
    assert says in ran.out + ran.err
