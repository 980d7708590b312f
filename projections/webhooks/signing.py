"""Signatures and secrets as the Standard Webhooks specification has them."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


def new_secret() -> bytes:
    """A secret that nobody has seen yet."""
    return secrets.token_bytes(_SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """A secret as its receiver keeps it."""
    return PREFIX + base64.b64encode(secret).decode()


def signed_headers(
    keys: Iterable[bytes], message_id: str, at_s: int, body: bytes
) -> list[tuple[bytes, bytes]]:
    """The headers by which a receiver knows who sent a body and when; a signature for each key,
    so that both secrets of a rotation are good. `at_s`: seconds since 1970.
    """
    signed = b"%s.%d.%s" % (message_id.encode(), at_s, body)
    signatures = [
        "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys
    ]
    return [
        (b"webhook-id", message_id.encode()),
        (b"webhook-timestamp", b"%d" % at_s),
        (b"webhook-signature", " ".join(signatures).encode()),
    ]
