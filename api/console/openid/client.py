"""What the settings say about the provider; what cannot be meant is refused at the start."""

from typing import Final, NamedTuple
from urllib.parse import urlsplit

from api.access import SCOPES
from api.console.arriving import is_loopback_host
from api.settings import BadSettings, Settings

_ROLES: Final = "role=scope, or role=scope+scope, with commas between roles"


class Client(NamedTuple):
    """This console as a client of a provider."""

    issuer: str
    client_id: str
    secret: str | None
    """None for a public client, which PKCE alone protects."""
    address: str
    """Where people reach the console, with a slash at its end."""
    asks_for: str
    """The `scope` of the request: what the provider is asked to tell."""
    roles_claim: str
    roles: dict[str, frozenset[str]]
    """What each role of the provider opens here; a role that is not named opens nothing."""
    subject_claim: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Client({self.issuer!r}, {self.client_id!r})"

    @property
    def redirect(self) -> str:
        """Where the provider sends people back to; it has to be registered there."""
        return f"{self.address}openid"


def client_of(settings: Settings) -> Client | None:
    """The client that the settings describe; None where they name no provider.

    Raises `BadSettings` for half of a description, and for addresses that a key must not cross.
    """
    given = {
        "LEDGER_OPENID_ISSUER": settings.openid_issuer,
        "LEDGER_OPENID_CLIENT_ID": settings.openid_client_id,
        "LEDGER_OPENID_ROLES": settings.openid_roles,
    }
    missing = [name for name, value in given.items() if value is None]
    if len(missing) == len(given) and settings.openid_client_secret is None:
        return None
    if settings.console_address is None:
        missing.append("LEDGER_CONSOLE_ADDRESS")
    if missing:
        raise BadSettings(f"{', '.join(missing)}: signing in with OpenID also asks for it.")
    if settings.auth == "off":
        raise BadSettings("LEDGER_OPENID_ISSUER: not used with LEDGER_AUTH=off, which asks nobody.")
    issuer, client_id, roles = given.values()
    assert issuer and client_id and roles and settings.console_address
    if not is_safe(issuer):
        raise BadSettings("LEDGER_OPENID_ISSUER: an https:// address, or http:// of this machine.")
    if not is_safe(settings.console_address):
        raise BadSettings(
            "LEDGER_CONSOLE_ADDRESS: with OpenID an https:// address, or http:// of this machine."
        )
    secret = settings.openid_client_secret
    return Client(
        issuer,
        client_id,
        secret.get_secret_value() if secret else None,
        settings.console_address,
        settings.openid_asks_for,
        settings.openid_roles_claim,
        roles_in(roles),
        settings.openid_subject_claim,
    )


def is_safe(address: str) -> bool:
    """Whether secrets may be sent there: https, or http within this machine."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.netloc) and "@" not in parts.netloc
    return parts.scheme == "http" and is_loopback_host(parts.netloc)


def roles_in(text: str) -> dict[str, frozenset[str]]:
    """`analyst=audit:read,reviewer=cases:decide+audit:read` as scopes by role."""
    found: dict[str, frozenset[str]] = {}
    for each in text.split(","):
        role, equals, named = (part.strip() for part in each.rpartition("="))
        scopes = frozenset(scope.strip() for scope in named.split("+"))
        if not equals or not role or not scopes <= SCOPES:
            raise BadSettings(
                f"LEDGER_OPENID_ROLES: {_ROLES}; scopes are {', '.join(sorted(SCOPES))}."
            )
        if role in found:
            raise BadSettings("LEDGER_OPENID_ROLES: a role is named twice; name it once.")
        found[role] = scopes
    return found
