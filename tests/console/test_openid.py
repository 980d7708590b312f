"""Signing in with OpenID Connect, against a certified provider that runs here."""

import hmac
import json
import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from httpx import Response
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.testclient import TestClient

from api.console.openid import provider as providers
from api.console.openid.asking import ProviderAway, ask
from api.console.openid.client import Client, client_of, roles_in
from api.console.openid.flow import NotLetIn, OpenId, begin, begun_in
from api.console.openid.provider import Provider, TokenRefused
from api.settings import BadSettings, Settings
from tests.api.routes.world import OWN
from tests.conftest import database
from tests.console.people import Desk, desk_of, send
from tests.console.providing import CONSOLE, Person, provider
from tests.console.waiting import done

SETTINGS = {
    "console_address": CONSOLE,
    "openid_client_id": "console",
    "openid_client_secret": "planted-client-secret",
    "openid_roles": "analyst=audit:read, reviewer=cases:decide+audit:read",
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with provider() as made:
        yield made


@pytest.fixture(scope="module")
def office(postgres: str, template: str, issuer: str) -> Iterator[Desk]:
    """A console that the provider's people sign in to."""
    settings = {"openid_issuer": issuer, **SETTINGS}
    with database(postgres, template) as (_, dsn), desk_of(dsn, **settings) as made:
        yield made


def begun(client: TestClient, then: str = "sellers?min_points=3") -> str:
    answer = client.get("/console/sign-in-openid", params={"then": then})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def back(client: TestClient, target: str) -> Response:
    """What somebody sees who comes back from the provider, in place or at the next page."""
    answer = client.get(target.removeprefix(OWN))
    assert answer.status_code == 303
    where = answer.headers["location"]
    return client.get(f"/console/{where}") if "end=" in where else answer


def test_a_person_signs_in_with_the_scopes_of_their_roles_and_out_again(office: Desk) -> None:
    client, ann = office.browser(), Person("ann")
    page = client.get("/console/sign-in?then=sellers%3Fmin_points%3D3").text
    link = re.search(r'href="\./(sign-in-openid[^"]*)"', page)
    assert link
    off = client.get(f"/console/{unescape(link[1])}").headers["location"]
    asked = parse_qs(urlsplit(off).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["scope"] == ["openid"]
    arrived = back(client, ann.goes(off))
    assert (arrived.status_code, arrived.headers["location"]) == (303, "./sellers?min_points=3")
    shown = client.get("/console/visitor").text
    assert ">ann<" in shown and "audit:read" in shown and "cases:decide" not in shown
    assert client.get("/console/sellers").status_code == 200
    assert "ledger-openid" not in client.cookies
    gone = send(client, "/console/sign-out")
    assert gone.headers["location"] == "./signed-out?how=openid"
    ended = client.get("/console/signed-out?how=openid").text
    there = re.search(r'href="(http://127[^"]+)"', ended)
    assert there and "Sign out there too" in ended
    assert ann.goes(unescape(there[1])).startswith(f"{CONSOLE}signed-out")
    assert client.get("/console/visitor").status_code == 303


def test_several_roles_add_up_and_an_unknown_one_opens_nothing(office: Desk) -> None:
    client = office.browser()
    assert back(client, Person("rob").goes(begun(client))).status_code == 303
    shown = client.get("/console/visitor").text
    assert "audit:read" in shown and "cases:decide" in shown and "admin" not in shown


@pytest.mark.parametrize("name", ["sam", "eve", "nobody-we-know"])
def test_who_has_no_role_here_is_told_so_and_not_let_in(office: Desk, name: str) -> None:
    client = office.browser()
    answer = back(client, Person(name).goes(begun(client)))
    assert answer.status_code == 403 and "has no role in this console" in answer.text
    assert "ledger-session" not in client.cookies


def test_a_subject_that_is_no_id_of_ours_is_told_so(office: Desk) -> None:
    client = office.browser()
    answer = back(client, Person("an n<script>").goes(begun(client)))
    assert answer.status_code == 403 and "is not an id here" in answer.text


def test_a_sign_in_ends_in_the_browser_that_began_it_and_once(office: Desk) -> None:
    client, other = office.browser(), office.browser()
    target = Person("ann").goes(begun(client))
    for who in (other, office.browser(cookies={"ledger-openid": f"{'x' * 43}."})):
        answer = back(who, target)
        assert answer.status_code == 400 and "ledger-session" not in who.cookies
    begun(other)
    assert back(other, target).status_code == 400
    cookie = dict(client.cookies)
    assert back(client, target).status_code == 303
    again = office.browser(cookies=cookie)
    assert back(again, target).status_code == 502
    assert "ledger-session" not in again.cookies


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x&code=y", "?error=access_denied"])
def test_an_answer_that_nobody_asked_for_signs_nobody_in(office: Desk, query: str) -> None:
    assert back(office.browser(), f"/console/openid{query}").status_code == 400


def test_a_refusal_of_the_provider_is_told_in_our_own_words(office: Desk) -> None:
    client = office.browser()
    state = parse_qs(urlsplit(begun(client)).query)["state"][0]
    told = {"state": state, "error": "access_denied", "error_description": "call 555-planted"}
    answer = back(client, f"/console/openid?{urlencode(told)}")
    assert answer.status_code == 403 and "planted" not in answer.text
    client = office.browser()
    state = parse_qs(urlsplit(begun(client)).query)["state"][0]
    mixed = {"state": state, "code": "x", "iss": "https://evil.example"}
    assert back(client, f"/console/openid?{urlencode(mixed)}").status_code == 400


def test_new_keys_of_the_provider_are_read_when_they_are_needed(
    postgres: str, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database(postgres, template) as (_, dsn), ExitStack() as first:
        issuer = first.enter_context(provider(SHORT="no"))
        settings = {**SETTINGS, "openid_issuer": issuer, "openid_roles_claim": "desk.roles"}
        with desk_of(dsn, **settings) as office:
            client = office.browser()
            assert back(client, Person("ann").goes(begun(client))).status_code == 303
            client = office.browser()
            target = Person("ann").goes(begun(client))
            first.close()
            away = back(client, target)
            assert away.status_code == 502 and "does not answer" in away.text
            with provider(port=issuer.rpartition(":")[2], SHORT="no"):
                client = office.browser()
                assert back(client, Person("ann").goes(begun(client))).status_code == 502
                monkeypatch.setattr(providers, "KEYS_AGAIN_S", 0.0)
                client = office.browser()
                assert back(client, Person("ann").goes(begun(client))).status_code == 303


ISSUER = "https://id.example"
SECRET = "planted-client-secret"
ONE = Client(
    ISSUER, "console", SECRET, "https://ledger.example/console/", "openid", "roles",
    {"analyst": frozenset({"audit:read"})}, "sub",
)  # fmt: skip
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, auto_kid=False)
BEGUN = begin("sellers")
DESCRIBED = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth?tenant=1",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/me",
    "jwks_uri": f"{ISSUER}/keys",
}


def claims(**other: Any) -> dict[str, Any]:
    now = int(time.time())
    told = {"iss": ISSUER, "aud": "console", "sub": "ann", "nonce": BEGUN.nonce, "iat": now}
    return told | {"exp": now + 60, "roles": ["analyst"]} | other


def signed(told: dict[str, Any], alg: str = "RS256", key: Any = KEY) -> str:
    return jwt.encode({"alg": alg, "kid": "one"}, told, key, algorithms=[alg])


def person(token: str, **answers: Any) -> Any:
    """What becomes of an ID token that a provider hands out."""
    told = {
        f"{ISSUER}/.well-known/openid-configuration": DESCRIBED,
        f"{ISSUER}/keys": {"keys": [KEY.as_dict(private=False)]},
        f"{ISSUER}/token": {"id_token": token, "access_token": "planted-access"},
    } | {f"{ISSUER}/{name}": answer for name, answer in answers.items()}

    async def asks(url: str, headers: Any = None, form: Any = None) -> dict[str, Any]:
        return told[url]

    openid = OpenId(ONE, Provider(ONE, asks), asks)
    return done(openid.person(BEGUN, "code"))


def test_a_good_token_is_a_person() -> None:
    assert person(signed(claims()))[:2] == ("ann", {"audit:read"})
    assert person(signed(claims(aud=["console", "other"], azp="console"))).subject == "ann"
    more = claims(roles="analyst")
    del more["roles"]
    assert person(signed(more), me={"sub": "ann", "roles": "analyst"}).scopes == {"audit:read"}


def unsigned(told: dict[str, Any]) -> str:
    text = [json.dumps(part).encode() for part in ({"alg": "none"}, told)]
    return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in text) + "."


def by_hand(told: dict[str, Any], secret: bytes) -> str:
    """Signed with the public key as if it were a shared secret; libraries refuse to make one."""
    head = json.dumps({"alg": "HS256", "kid": "one"}).encode()
    parts = (head, json.dumps(told).encode())
    text = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    mac = urlsafe_b64encode(hmac.digest(secret, text, "sha256")).rstrip(b"=")
    return (text + b"." + mac).decode()


OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)
NOW = int(time.time())


@pytest.mark.parametrize(
    "token",
    [
        "", "a.b.c", unsigned(claims()),
        signed(claims(), "HS256", OctKey.import_key(SECRET)),
        by_hand(claims(), KEY.as_pem(private=False)),
        signed(claims(), key=OTHER_KEY),
        signed(claims(iss="https://evil.example")), signed(claims(aud="other")),
        signed(claims(aud=["other"])), signed(claims(aud=["console", "other"], azp="other")),
        signed(claims(nonce="x")), signed(claims(nonce=None)),
        signed(claims(exp=NOW - 120)), signed(claims(iat=NOW + 3600)), signed(claims(sub=None)),
    ],
)  # fmt: skip
def test_a_token_that_does_not_hold_is_nobody(token: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        person(token)
    assert not token or token not in str(refused.value)


def test_what_is_said_beside_the_token_is_of_the_same_person() -> None:
    short = claims()
    del short["roles"]
    with pytest.raises(TokenRefused, match="somebody else"):
        person(signed(short), me={"sub": "bob", "roles": ["analyst"]})
    with pytest.raises(NotLetIn):
        person(signed(short), me={"sub": "ann", "roles": [{"analyst": 1}, None, 3]})
    with pytest.raises(NotLetIn):
        person(signed(claims(roles={"analyst": True})))


@pytest.mark.parametrize(
    "described",
    [
        DESCRIBED | {"issuer": "https://evil.example"},
        {"issuer": ISSUER},
        DESCRIBED | {"jwks_uri": 7},
    ],
)
def test_a_provider_that_describes_itself_otherwise_is_not_believed(described: Any) -> None:
    with pytest.raises(ProviderAway):
        person(signed(claims()), **{".well-known/openid-configuration": described})


def test_a_mail_address_names_somebody_once_it_is_verified() -> None:
    mail = ONE._replace(subject_claim="email")
    for verified in (None, False, "true"):
        told = claims(email="ann@example.com", email_verified=verified)
        with pytest.raises(NotLetIn, match="unverified"):
            OpenId(mail)._actor(told)
    told = claims(email="ann@example.com", email_verified=True)
    assert OpenId(mail)._actor(told).subject == "ann@example.com"


def test_keys_that_cannot_be_read_are_the_providers_fault() -> None:
    for keys in (
        {},
        {"keys": []},
        {"keys": [{"kty": "RSA"}]},
        {"keys": [{"kty": "oct", "k": "eA"}]},
    ):
        with pytest.raises((ProviderAway, TokenRefused)):
            person(signed(claims()), keys=keys)


@pytest.mark.parametrize(
    "address", ["http://id.example/x", "ftp://id.example", "http://127.0.0.1.evil/"]
)
def test_secrets_go_over_https_or_nowhere(address: str) -> None:
    with pytest.raises(ProviderAway, match="neither https"):
        done(ask(address))


def test_what_the_browser_keeps_meanwhile_says_nothing_by_itself() -> None:
    assert begun_in(BEGUN.cookie) == BEGUN
    assert begun_in("nonsense") is None
    drawn = {BEGUN.state, BEGUN.nonce, BEGUN.verifier, BEGUN.challenge}
    assert len(drawn) == 4 and all(len(each) == 43 for each in drawn)
    assert BEGUN.seed not in drawn and begin("x").seed != begin("x").seed


def settings(**given: Any) -> Settings:
    whole = {"openid_issuer": ISSUER, **SETTINGS, "console_address": "https://a.example/console"}
    return Settings(**{k: v for k, v in (whole | given).items() if v is not None})


def test_nobody_is_sent_off_or_let_in_where_others_can_read_along(office: Desk) -> None:
    client = office.browser(client=("192.0.2.7", 50_000))
    for place in ("sign-in-openid", "openid?code=x&state=y"):
        answer = client.get(f"/console/{place}")
        assert answer.headers["location"].startswith("./sign-in")
        assert "end=" not in answer.headers["location"]
        assert "set-cookie" not in answer.headers


def test_settings_say_who_we_are_to_the_provider() -> None:
    client = client_of(settings())
    assert client is not None
    assert client.redirect == "https://a.example/console/openid"
    assert client.roles["reviewer"] == {"cases:decide", "audit:read"}
    assert SECRET not in repr(client) and SECRET not in repr(settings())
    assert client_of(Settings()) is None
    assert roles_in("cn=analysts=audit:read") == {"cn=analysts": {"audit:read"}}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"openid_issuer": None}, "LEDGER_OPENID_ISSUER: signing in with OpenID also asks"),
        ({"openid_client_id": None}, "LEDGER_OPENID_CLIENT_ID"),
        ({"openid_roles": None}, "LEDGER_OPENID_ROLES"),
        ({"console_address": None}, "LEDGER_CONSOLE_ADDRESS"),
        ({"openid_issuer": "http://id.example"}, "https:// address"),
        ({"console_address": "http://a.example/console"}, "LEDGER_CONSOLE_ADDRESS: with OpenID"),
        ({"openid_roles": "analyst"}, "role=scope"),
        ({"openid_roles": "analyst=everything"}, "scopes are admin, audit:read"),
        ({"openid_roles": "a=admin,a=audit:read"}, "named twice"),
        ({"auth": "off"}, "LEDGER_AUTH=off"),
    ],
)
def test_half_a_description_is_refused(given: dict[str, Any], meant: str) -> None:
    with pytest.raises(BadSettings, match=meant) as refused:
        client_of(settings(**given))
    assert SECRET not in str(refused.value)
