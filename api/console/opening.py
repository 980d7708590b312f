"""Who is let into the console, put together from the settings."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from api.access import Keys
from api.console.openid.client import client_of
from api.console.openid.flow import OpenId
from api.console.sessions import Connection, Sessions
from api.console.with_keys import SessionVisitors
from api.settings import Settings


def visitors_of(
    settings: Settings, keys: Keys, connect: Callable[[], AbstractContextManager[Connection]]
) -> SessionVisitors:
    """What knows who is signed in. Raises `BadSettings` where the settings cannot be meant."""
    client = client_of(settings)
    openid = None if client is None else OpenId(client)
    return SessionVisitors(keys, Sessions(connect), settings.console_address, openid)
