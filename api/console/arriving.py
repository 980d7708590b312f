"""How a request came: over https or not, from this machine or not, and from whom.

The server speaks HTTP alone; a proxy before it ends TLS. That the browser's side is https is
known from LEDGER_CONSOLE_ADDRESS or from `X-Forwarded-Proto`. A lie there harms its teller
alone: the cookie it gets is one that its own browser will not send.
"""

import ipaddress
from functools import lru_cache
from typing import Final

from starlette.requests import Request

_FOR: Final = "x-forwarded-for"
_PROTO: Final = "x-forwarded-proto"


def over_https(request: Request, address: str | None) -> bool:
    """Whether the browser speaks https to whoever is before us."""
    if (address or "").startswith("https://"):
        return True
    told = request.headers.get(_PROTO, request.url.scheme)
    return told.partition(",")[0].strip().lower() == "https"


def on_this_machine(request: Request) -> bool:
    """Whether a browser on this machine asks, so that nothing crosses a network unread."""
    peers = [request.client.host] if request.client else []
    peers += [each.strip() for each in request.headers.get(_FOR, "").split(",") if each.strip()]
    return is_loopback_host(request.headers.get("host", "")) and all(map(_is_loopback, peers))


def asker(request: Request, address: str | None) -> str:
    """The address of who asks, to count wrong keys by.

    Of `X-Forwarded-For` the last entry is the nearest proxy's word, and heeded only where there
    is a proxy: where the operator named a public address, or where this machine forwards.
    """
    peer = request.client.host if request.client else ""
    if address is not None or _is_loopback(peer):
        told = request.headers.get(_FOR, "").rpartition(",")[2].strip()
        return told or peer
    return peer


@lru_cache(maxsize=256)
def is_loopback_host(host: str) -> bool:
    """Whether a `Host` header names this machine by a name that nobody else can give out."""
    name = host.rpartition(":")[0] if _has_port(host) else host
    name = name.strip("[]").lower().rstrip(".")
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdecimal() and (host.count(":") == 1 or "]:" in host)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False
