"""Signing in by key: who is let in, where they arrive, and what others learn of it."""

import time

import psycopg
import pytest
from fastapi.routing import APIRoute

from api.access import door_of
from api.console.throttle import MOST_OF_KEY, WINDOW_S, Throttle
from api.console.visitors import ConsoleDoor
from api.keys import create_key, revoke_key
from tests.api.routes.conftest import ALL_KEYS
from tests.api.test_access import OPEN
from tests.console.people import FROM_HERE, Desk, sign_in

HEADERS = {
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def pages(desk: Desk) -> list[APIRoute]:
    """Every route of the console but its files."""
    routes = [route for route in desk.world.client.app.routes if isinstance(route, APIRoute)]
    return [
        route
        for route in routes
        if route.path.startswith("/console") and route.path != "/console/static/{file:path}"
    ]


def address_of(route: APIRoute) -> str:
    path = route.path.replace("{rest:path}", "nowhere").replace("{round:round}", "1")
    path = path.replace("{file_format}/{place:path}", "csv/sellers")
    return path.replace("{", "").replace("}", "").replace(":path", "")


def test_a_key_opens_the_console_where_its_holder_wanted_to_go(desk: Desk) -> None:
    client = desk.browser()
    away = client.get("/console/sellers?min_points=3&q=s-")
    assert (away.status_code, away.headers["location"]) == (
        303, "./sign-in?then=sellers%3Fmin_points%3D3%26q%3Ds-",
    )  # fmt: skip
    page = client.get("/console/sign-in?then=sellers%3Fmin_points%3D3")
    assert 'value="sellers?min_points=3"' in page.text
    back = sign_in(client, desk.keys["analyst"], "sellers?min_points=3")
    assert (back.status_code, back.headers["location"]) == (303, "./sellers?min_points=3")
    assert client.get("/console/sellers?min_points=3").status_code == 200
    shown = client.get("/console/visitor").text
    assert "analyst" in shown and "audit:read" in shown and desk.keys["analyst"] not in shown


@pytest.mark.parametrize(
    "then",
    [
        "//evil.example/", "/v1/docs", "https://evil.example/", "\\\\evil.example", "../v1/docs",
        "x/%2e%2e/%2e%2e/v1/docs", "javascript:alert(1)\n", "\t//evil.example", "%2f/evil.example",
        "sellers\r\nSet-Cookie: a=b", "x" * 3000, "%5cevil.example",
    ],
)  # fmt: skip
def test_nobody_is_led_out_of_the_console(desk: Desk, then: str) -> None:
    answer = sign_in(desk.browser(), desk.keys["analyst"], then)
    assert (answer.status_code, answer.headers["location"]) == (303, "./")
    assert "set-cookie" in answer.headers and "a=b" not in answer.headers["set-cookie"]


def test_the_cookie_is_kept_from_scripts_and_from_plain_http(desk: Desk) -> None:
    answer = sign_in(desk.browser(), desk.keys["analyst"])
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("ledger-session=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie and "Max-Age" not in cookie
    secure = {**FROM_HERE, "X-Forwarded-Proto": "https", "Origin": "https://ledger.example"}
    client = desk.browser(client=("192.0.2.1", 5))
    answer = sign_in(client, desk.keys["analyst"], headers={**secure, "Host": "ledger.example"})
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-ledger-session=")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Secure"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("192.0.2.1", {}),
        ("127.0.0.1", {"Host": "ledger.example", "Origin": "http://ledger.example"}),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}),
    ],
)
def test_no_key_is_taken_over_plain_http_from_elsewhere(
    desk: Desk, peer: str, headers: dict[str, str]
) -> None:
    client = desk.browser(client=(peer, 5))
    answer = sign_in(client, desk.keys["analyst"], headers=FROM_HERE | headers)
    assert answer.status_code == 403 and "over https" in answer.text
    assert "set-cookie" not in answer.headers and "password" not in answer.text


def test_a_wrong_key_is_told_in_one_sentence_that_says_no_more(desk: Desk) -> None:
    client = desk.browser(client=("127.0.0.2", 5))
    good = desk.keys["analyst"]
    with psycopg.connect(desk.dsn, autocommit=True) as connection:
        revoked = create_key(connection, subject="m", scopes=["audit:read"], created_by="test")
        revoke_key(connection, revoked.split("_")[1])
    told = set[str]()
    for wrong in (
        "", "nonsense", good[:-1], good[:-1] + ("A" if good[-1] != "A" else "B"),
        f"sl_{'0' * 16}_{'x' * 43}", revoked,
    ):  # fmt: skip
        answer = sign_in(client, wrong)
        assert answer.status_code == 401 and "set-cookie" not in answer.headers
        assert not wrong or wrong not in answer.text
        told.add(answer.text.split("<main")[1])
    assert len(told) == 1


def test_a_sellers_own_key_is_refused_kindly(desk: Desk) -> None:
    answer = sign_in(desk.browser(), desk.keys["s-1"])
    assert answer.status_code == 403 and "set-cookie" not in answer.headers
    assert "The console is for those who look after the marketplace" in answer.text


def test_many_wrong_keys_are_asked_to_wait(desk: Desk) -> None:
    client = desk.browser(client=("127.0.0.3", 5))
    with psycopg.connect(desk.dsn, autocommit=True) as connection:
        good = create_key(connection, subject="m", scopes=["audit:read"], created_by="test")
    wrong = good[:-2] + ("AA" if good[-2:] != "AA" else "BB")
    for _ in range(MOST_OF_KEY):
        assert sign_in(client, wrong).status_code == 401
    elsewhere = desk.browser(client=("127.0.0.4", 5))
    for who, key in ((client, wrong), (elsewhere, good)):
        answer = sign_in(who, key)
        assert answer.status_code == 429 and "Wait" in answer.text
        assert 0 < int(answer.headers["retry-after"]) <= WINDOW_S
    assert sign_in(client, desk.keys["reviewer"]).status_code == 303
    throttle = Throttle(1, iter([0.0, 1.0, 61.0]).__next__)
    throttle.wrong("a")
    assert (throttle.wait_s("a"), throttle.wait_s("a")) == (59, 0)


def test_many_names_take_bounded_room() -> None:
    throttle = Throttle(2)
    began = time.perf_counter()
    for number in range(30_000):
        throttle.wrong(str(number))
    assert len(throttle._counts) == 10_000
    assert time.perf_counter() - began < 5


def test_a_form_of_another_site_signs_nobody_in(desk: Desk) -> None:
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"},
                    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                    {"Sec-Fetch-Site": "cross-site", "Origin": FROM_HERE["Origin"]}):  # fmt: skip
        answer = sign_in(desk.browser(), desk.keys["analyst"], headers=headers)
        assert answer.status_code == 403 and "set-cookie" not in answer.headers


def test_every_page_has_its_door_and_its_headers(desk: Desk) -> None:
    stranger = desk.browser()
    clients = {name: desk.signed_in(name) for name in ALL_KEYS}
    for route in pages(desk):
        door, address = door_of(route), address_of(route)
        assert door is not None, route.path
        for method in route.methods:
            asked = {"headers": FROM_HERE} if method == "POST" else {}
            answer = stranger.request(method, address, **asked)
            if route.path in OPEN:
                assert answer.status_code < 500
            elif method == "GET":
                assert answer.status_code == 303, route.path
                assert "sign-in" in answer.headers["location"]
            else:
                assert answer.status_code in (303, 401, 422), route.path
        if not isinstance(door, ConsoleDoor) or "GET" not in route.methods:
            continue
        for name, scopes in ALL_KEYS.items():
            answer = clients[name].get(address)
            may = "admin" in scopes or bool({*scopes} & {*door.scopes})
            assert may or answer.status_code == 403, (route.path, name)
            if answer.headers.get("content-type", "").startswith("text/html"):
                # A download opens to everybody; what is asked beneath it has a door of its own.
                beneath = "/download/" in route.path
                assert not may or beneath or answer.status_code != 403, (route.path, name)
                assert HEADERS.items() <= dict(answer.headers).items(), route.path
                policy = answer.headers["content-security-policy"]
                assert "default-src 'none'" in policy and "unsafe" not in policy
    for name in ALL_KEYS:
        assert clients[name].get("/console/no/such/page").status_code == 404


def test_a_page_of_nobodys_scope_says_which_would_open_it(desk: Desk) -> None:
    client = desk.signed_in("shop")
    assert client.get("/console/").headers["location"] == "./visitor"
    answer = client.get("/console/sellers")
    assert answer.status_code == 403 and "audit:read" in answer.text
    assert desk.signed_in("investigator").get("/console/").headers["location"] == "./what-if"
