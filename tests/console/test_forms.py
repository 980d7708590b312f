"""Forms: forged ones write nothing, and late ones lose nothing."""

import pytest
from starlette.testclient import TestClient

from api.serve import application
from tests.api.routes.world import OWN, World
from tests.console.people import FROM_HERE, Desk, hidden, send, sign_in, token_of

NASTY = "<script>alert(1)</script> &amp; \"'"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:9"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": OWN},
    ],
)
def test_a_form_of_another_site_changes_nothing_even_with_the_token(
    desk: Desk, headers: dict[str, str]
) -> None:
    client = desk.signed_in("analyst")
    form = {"token": token_of(client), "everywhere": "yes"}
    answer = client.post("/console/sign-out", data=form, headers=headers)
    assert answer.status_code == 403 and "was not made here" in answer.text
    assert hidden(answer.text).get("everywhere") is None
    assert client.get("/console/visitor").status_code == 200


def test_a_form_without_the_sessions_own_token_changes_nothing(desk: Desk) -> None:
    client, other = desk.signed_in("analyst"), desk.signed_in("analyst")
    theirs = token_of(other)
    assert theirs != token_of(client)
    for token in ("", "x", theirs, "\u00e9"):
        for headers, status in (({}, 403), (FROM_HERE, 403)):
            answer = client.post("/console/sign-out", data={"token": token}, headers=headers)
            assert answer.status_code == status
    for body, kind in (
        ('{"token": "x"}', "application/json"), ("token=x", "text/plain"),
        ("%ff%fe=%zz", "application/x-www-form-urlencoded"), ("", ""),
    ):  # fmt: skip
        headers = {**FROM_HERE, "Content-Type": kind}
        assert client.post("/console/sign-out", content=body, headers=headers).status_code == 403
    assert client.get("/console/visitor").status_code == 200
    assert client.get("/console/sign-out").status_code in (404, 405)


def test_a_form_that_comes_after_the_session_is_shown_again_and_sent_by_hand(desk: Desk) -> None:
    client = desk.signed_in("analyst")
    typed = {"session": "0" * 16, "reasons": NASTY, "key": "once-1"}
    late = {"token": token_of(client), **typed}
    send(client, "/console/sign-out")
    asked = client.post("/console/visitor/end-session?as=it-was", data=late, headers=FROM_HERE)
    assert asked.status_code == 401 and "nothing that you typed is lost" in asked.text
    assert "<script>alert" not in asked.text
    kept = hidden(asked.text.split("<main")[1])
    assert kept == typed
    sign_in(client, desk.keys["analyst"])
    again = client.post("/console/visitor/end-session?as=it-was", data=kept, headers=FROM_HERE)
    assert again.status_code == 403 and "Send it now" in again.text
    confirmed = hidden(again.text.split("<main")[1])
    assert confirmed == typed | {"token": token_of(client)}
    done = client.post("/console/visitor/end-session", data=confirmed, headers=FROM_HERE)
    assert done.status_code == 303


def test_another_sites_form_is_not_offered_to_be_sent(desk: Desk) -> None:
    for client in (desk.browser(), desk.signed_in("analyst")):
        for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            form = {"session": "planted", "token": "x"}
            answer = client.post("/console/visitor/end-session", data=form, headers=headers)
            assert answer.status_code in (303, 403) and "planted" not in answer.text


def test_the_theme_is_chosen_before_signing_in(desk: Desk) -> None:
    client = desk.browser()
    form = {"theme": "dark", "back": "sign-in"}
    answer = client.post("/console/theme", data=form, headers=FROM_HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, "./sign-in")
    assert 'data-theme="dark"' in client.get("/console/sign-in").text
    for back in ("//evil.example", "../v1/docs", "/etc"):
        answer = client.post("/console/theme", data={"back": back}, headers=FROM_HERE)
        assert answer.headers["location"] == "./"


def test_without_keys_a_visitor_says_a_name_and_other_sites_say_nothing(live: World) -> None:
    client = TestClient(live.client.app, base_url=OWN, follow_redirects=False)
    assert "This server asks for no keys" in client.get("/console/visitor").text
    assert client.get("/console/sign-in").headers["location"] == "./"
    assert send(client, "/console/visitor", name="ann").status_code == 303
    assert ">ann</a>" in client.get("/console/visitor").text
    wrong = send(client, "/console/visitor", name=NASTY)
    assert wrong.status_code == 422 and "<script>alert" not in wrong.text
    assert 'aria-invalid="true"' in wrong.text and "&lt;script&gt;" in wrong.text
    assert "Say who you are" in _with_name(client, NASTY)
    forged = {"token": token_of(client), "name": "eve"}
    evil = {"Origin": "https://evil.example"}
    assert client.post("/console/visitor", data=forged, headers=evil).status_code in (403, 421)
    send(client, "/console/visitor", name="")
    assert "Say who you are" in client.get("/console/visitor").text


def _with_name(client: TestClient, name: str) -> str:
    other = TestClient(client.app, base_url=OWN)
    return other.get("/console/visitor", headers={"Cookie": f"ledger-name={name!r}"}).text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8080"}, 200),
        ({"Host": "[::1]:8080"}, 200),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Host": "localhost.evil.example:8080"}, 421),
        ({"Host": "127.0.0.1@evil.example"}, 421),
        ({"Host": ""}, 421),
    ],
)
def test_without_keys_a_name_that_leads_here_opens_nothing(
    live: World, headers: dict[str, str], status: int
) -> None:
    for address in ("/console/visitor", "/v1/sellers/s-1/standing", "/v1/docs", "/v1/health/live"):
        answer = live.client.get(address, headers=headers)
        assert answer.status_code == status, address


def test_without_keys_no_site_has_a_browser_write(live: World) -> None:
    address = "/v1/sellers/s-1/violations/v-1/appeals/1/withdrawal"
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"},
                    {"Origin": "null"}):  # fmt: skip
        answer = live.client.post(address, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (421, "/problems/not-this-machine")
    assert live.client.post(address).status_code == 404
    own = {"Origin": OWN, "Sec-Fetch-Site": "same-origin"}
    assert live.client.post(address, headers=own).status_code == 404


def test_without_keys_the_address_that_the_operator_names_is_ours_too(live: World) -> None:
    live.parts.console_address = "https://ledger.example/console/"
    client = TestClient(application(live.parts), base_url="https://ledger.example")
    assert client.get("/console/visitor").status_code == 200
    assert client.get("/console/visitor", headers={"Host": "evil.example"}).status_code == 421
