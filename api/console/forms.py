"""Forms as browsers send them: short texts by name."""

import re
import secrets
from collections.abc import Mapping
from typing import Annotated, Final, TypeAlias
from urllib.parse import parse_qsl

from fastapi import Depends
from starlette.requests import Request

from api.bodies import expect_media_type, whole_body
from api.refusals import MalformedBody

TOKEN: Final = "token"  # noqa: S105
"""The field by which a form shows that it was made here."""
KEY: Final = "key"
"""The field that makes a form, sent twice, one and the same write."""
_FIELDS_AT_MOST: Final = 2_000
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
"""Of more digits no number is meant, and few programs could read it."""
_KEPT: Final = "ledger.console.form"
"""A body can be read once; the door reads it first, to see the token."""

Form: TypeAlias = dict[str, str]
"""Every field's last value, without spaces around it."""


async def form_of(request: Request) -> Form:
    """The fields of a sent form."""
    return dict(await fields_of(request))


async def fields_of(request: Request) -> list[tuple[str, str]]:
    """The fields in the order of the page; a box that may be ticked often comes several times."""
    if _KEPT not in request.scope:
        request.scope[_KEPT] = await _read(request)
    return request.scope[_KEPT]


async def _read(request: Request) -> list[tuple[str, str]]:
    expect_media_type(request, frozenset({"application/x-www-form-urlencoded"}))
    body = await whole_body(request)
    try:
        told = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=bool(body),
            max_num_fields=_FIELDS_AT_MOST,
        )
    except ValueError:
        raise MalformedBody(
            "the form cannot be read", accepted="fields of a form, in UTF-8"
        ) from None
    return [(name, value.replace("\r\n", "\n").strip()) for name, value in told]


def new_key() -> str:
    """A key for a form that is shown now: sent twice, it is one write."""
    return secrets.token_urlsafe(16)


def whole_number(typed: str | None) -> int | str | None:
    """A number where it is one; anything else as it is typed, to be refused by its name."""
    if not typed:
        return None
    return int(typed) if _WHOLE.fullmatch(typed) else typed


def only(form: Mapping[str, str], *names: str) -> Form:
    """Those of the named fields that say something."""
    return {name: form[name] for name in names if form.get(name)}


SentForm = Annotated[Form, Depends(form_of)]
"""A page's parameter: the form that was sent."""
