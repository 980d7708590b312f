"""Which addresses webhooks may go to: those of the public internet, unless the operator allows
others. Whoever may name an address must not reach what stands behind the ledger's firewall.
"""

import ipaddress
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from ledger.facts.refusal import Refusal

URL_AT_MOST: Final = 2_048
_PORTS: Final = {"https": 443, "http": 80}
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class WebhookUrlRefused(Refusal):
    """The URL cannot be one of a webhook."""

    def __init__(self, why: str, accepted: str) -> None:
        super().__init__(why, field="url", accepted=accepted)


class WebhookAddressRefused(Refusal):
    """The URL leads to a network that is not public."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} is not on the public internet",
            field="url",
            accepted="a host whose every address is public, or LEDGER_WEBHOOKS_PRIVATE=allow",
        )


class WebhookHostUnknown(Refusal):
    """No address is known for the URL's host."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} has no address", field="url", accepted="a host that can be looked up now"
        )


class Place(NamedTuple):
    """Where a URL leads."""

    host: str
    port: int


def place_in(url: str, *, private: bool) -> Place:
    """Host and port of a webhook's URL; raises `WebhookUrlRefused`. `private`: whether http and
    networks that are not public are allowed.
    """
    schemes = ("https", "http") if private else ("https",)
    accepted = f"{' or '.join(schemes)}://host/path, of at most {URL_AT_MOST:,} printable letters"
    if len(url) > URL_AT_MOST or not url.isascii() or any(c <= " " or c == "\x7f" for c in url):
        raise WebhookUrlRefused("the URL is too long or holds what no URL holds", accepted)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise WebhookUrlRefused("the URL cannot be read", accepted) from None
    if parts.scheme not in schemes:
        raise WebhookUrlRefused(f"the URL does not begin with {schemes[0]}://", accepted)
    if not host or port == 0 or "\\" in url:
        raise WebhookUrlRefused("the URL names no host", accepted)
    if "@" in parts.netloc:
        raise WebhookUrlRefused("the URL holds a name or password, and lists show URLs", accepted)
    if "#" in url:
        raise WebhookUrlRefused("the URL has a fragment, which is never sent", accepted)
    return Place(host, port or _PORTS[parts.scheme])


def check_addresses(host: str, addresses: Iterable[str], *, private: bool) -> list[str]:
    """The addresses of a host, if it may be connected to; one bad address spoils all, since it
    could be the next one's turn. Raises `WebhookAddressRefused` or `WebhookHostUnknown`.
    """
    found = list(dict.fromkeys(addresses))
    if not found:
        raise WebhookHostUnknown(host)
    if not private and not all(is_public(address) for address in found):
        raise WebhookAddressRefused(host)
    return found


def is_public(text: str) -> bool:
    """Whether an address is one of the public internet, whatever it is wrapped in."""
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    inner = _inside(address)
    if inner is not None:
        return is_public(str(inner))
    # The library counts these among the global ones, or does on some versions of Python.
    site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    odd = address.is_multicast or address.is_reserved or site_local
    return address.is_global and not odd


def _inside(address: Address) -> ipaddress.IPv4Address | None:
    """The older address that a newer one only carries."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
