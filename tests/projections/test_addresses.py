"""Where webhooks may go: the public internet over https, and nowhere else unasked."""

import asyncio
import socket
from typing import Any

import httpcore
import pytest

from ledger.facts.refusal import Refusal
from projections.webhooks import addresses
from projections.webhooks.addresses import (
    WebhookAddressRefused,
    WebhookHostUnknown,
    WebhookUrlRefused,
    check_addresses,
    is_public,
    place_in,
)
from projections.webhooks.sending import Sender

PRIVATE = (
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "192.0.2.1", "198.18.0.1",
    "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "fec0::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "2001:db8::1",
)  # fmt: skip
PUBLIC = ("1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101")


def test_addresses_that_are_not_public_are_known() -> None:
    assert [address for address in PRIVATE if is_public(address)] == []
    assert [address for address in PUBLIC if not is_public(address)] == []


def test_one_bad_address_spoils_all() -> None:
    assert check_addresses("h", ["1.1.1.1", "1.1.1.1"], private=False) == ["1.1.1.1"]
    with pytest.raises(WebhookAddressRefused):
        check_addresses("h", ["1.1.1.1", "10.0.0.1"], private=False)
    with pytest.raises(WebhookHostUnknown):
        check_addresses("h", [], private=True)
    assert check_addresses("h", ["10.0.0.1"], private=True) == ["10.0.0.1"]


@pytest.mark.parametrize(
    "url",
    [
        "", "shop.example", "http://shop.example/", "ftp://shop.example/", "https://",
        "https://name:word@shop.example/", "https://shop.example/#part", "https://shop.example:0/",
        "https://shop.example:99999/", "https://shöp.example/", "https://shop.example/a b",
        "https://[::1/", "https://shop.example/" + "a" * 2048, "file:///etc/passwd",
        "https://shop.example\\@10.0.0.1/", "https://shop.example/\n",
    ],
)  # fmt: skip
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(WebhookUrlRefused) as refused:
        place_in(url, private=False)
    assert refused.value.accepted


def test_http_is_for_private_networks_only() -> None:
    assert place_in("http://127.0.0.1:8000/x", private=True) == ("127.0.0.1", 8000)
    assert place_in("https://shop.example", private=False) == ("shop.example", 443)
    assert addresses.place_in("https://[2606:4700::1111]/", private=False).port == 443


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_nothing_is_sent_to_this_machine_however_it_is_written(host: str) -> None:
    async def send() -> Any:
        async with Sender(private=False) as sender:
            return await sender.send(f"https://{host}/", [], b"{}")

    outcome = asyncio.run(send())
    assert (outcome.delivered, outcome.status) == (False, None)
    assert "not on the public internet" in outcome.problem or "has no address" in outcome.problem


def test_the_address_that_was_checked_is_the_one_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that leads elsewhere the second time it is looked up is looked up only once."""
    answered = [["1.1.1.1"], ["127.0.0.1"]]
    connected: list[str] = []

    def looked_up(host: str, port: int, **_: Any) -> Any:
        return [(2, 1, 6, "", (address, port)) for address in answered.pop(0)]

    async def connect(_: Any, host: str, *__: Any) -> Any:
        connected.append(host)
        raise httpcore.ConnectError("not in a test")

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)

    async def send() -> list[str | None]:
        async with Sender(private=False) as sender:
            told = [await sender.send("https://rebound.example/", [], b"{}") for _ in range(2)]
            return [outcome.problem for outcome in told]

    said = asyncio.run(send())
    assert connected == ["1.1.1.1"]
    assert said == ["no answer: ConnectError", "rebound.example is not on the public internet"]


def test_a_refusal_names_its_field() -> None:
    for refusal in (WebhookAddressRefused("h"), WebhookHostUnknown("h")):
        assert isinstance(refusal, Refusal)
        assert refusal.field == "url"
