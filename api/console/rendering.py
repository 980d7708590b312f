"""Pages from templates: every text is escaped, every link stands relative to its page.

Relative links let the console stand behind any path of a proxy without being told of it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.console.asking import Words, told
from api.console.forms import new_key
from api.console.places import open_places
from api.console.visitors import Visitor

PREFIX: Final = "/console/"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    # Without a referrer at all a browser names no origin with its forms, and they look forged.
    "Referrer-Policy": "same-origin",
}
THEME: Final = "ledger-theme"
THEMES: Final = ("light", "dark")
KEYS: Final = "ledger-keys"
_INSTANT: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::(\d\d))?\S*Z")

_WITHIN: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC")


def page(
    request: Request,
    template: str,
    visitor: Visitor | None,
    /,
    status: int = 200,
    **shown: Any,
) -> Response:
    """The page that `template` makes of what it is `shown`."""
    text = (
        _environment()
        .get_template(template)
        .render(
            **shown,
            visitor=visitor,
            root=root_of(request),
            here=request.url.path.removeprefix(PREFIX),
            query=request.query_params,
            theme=theme_of(request),
            keys=keys_of(request),
            new_key=new_key,
            places=open_places(visitor) if visitor else [],
        )
    )
    return HTMLResponse(text, status, headers=_headers(request))


def _headers(request: Request) -> Mapping[str, str]:
    """What a form brought back is kept by its browser, for who goes back to it; anything else is
    asked for anew.
    """
    kept = {"Cache-Control": "private, no-cache"} if request.method == "POST" else {}
    return {**_HEADERS, **kept}


def go(request: Request, place: str, words: Words = ()) -> Response:
    """Send the browser on to another page after a form; `place` stands behind /console/."""
    address = root_of(request) + place + with_words(words)
    return RedirectResponse(address, 303)


def root_of(request: Request) -> str:
    """From the page that was asked for, the way up to /console/.

    The path counts as the browser has it: there `%2F` is a letter, and leads no deeper.
    """
    path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace")
    deep = path.removeprefix(PREFIX).count("/")
    return "../" * deep or "./"


def theme_of(request: Request) -> str | None:
    """Light or dark, where the visitor chose; None leaves it to the browser."""
    chosen = request.cookies.get(THEME)
    return chosen if chosen in THEMES else None


def keys_of(request: Request) -> bool:
    """Whether single keys do something; they do until the visitor switches them off."""
    return request.cookies.get(KEYS) != "off"


def with_words(words: Words) -> str:
    """Parameters as the end of an address."""
    pairs = told(words)
    return f"?{urlencode(pairs, doseq=True)}" if pairs else ""


def changed(query: Any, **new: Any) -> str:
    """The page's own address with some parameters changed; None takes one away. An empty one stays:
    some lists are filtered until somebody says that they shall not be.
    """
    kept = [(name, value) for name, value in query.multi_items() if name not in new]
    return f"?{urlencode([*kept, *told(new)], doseq=True)}"


@lru_cache(maxsize=8_192)
def instant(text: str | None, seconds: bool = False) -> Markup:
    """A time in UTC, which the browser turns into the reader's zone, with UTC on hover."""
    found = _INSTANT.fullmatch(text or "")
    if found is None:
        return Markup("<span class=none>&ndash;</span>") if not text else Markup.escape(text)
    day, minute, second = found.groups()
    shown = f"{day} {minute}" + (f":{second or '00'}" if seconds else "")
    return Markup('<time datetime="{}" title="{} UTC" data-instant>{}</time>').format(
        text, shown, shown
    )


def instants_within(sentence: str) -> Markup:
    """A sentence of the ledger, in which instants are told in the reader's zone as elsewhere."""
    parts = _WITHIN.split(sentence)
    told = [
        instant(f"{part}Z".replace(" ", "T"), seconds=True) if place % 2 else Markup.escape(part)
        for place, part in enumerate(parts)
    ]
    return Markup().join(told)


def at(when: datetime) -> Markup:
    """The same of an instant that is no text yet."""
    return instant(when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def amount(money: Mapping[str, str] | None) -> Markup:
    """An amount of money with its currency."""
    if money is None:
        return Markup("<span class=none>&ndash;</span>")
    return Markup("<span class=number>{}\u00a0{}</span>").format(money["amount"], money["currency"])


def number(value: float | None) -> str:
    """A number as people read it."""
    return "\u2013" if value is None else f"{value:,}"


def words(name: str | None) -> str:
    """A name of the contract as words: `not-as-described` as "not as described"."""
    return "" if name is None else re.sub(r"\.v\d+$", "", name).replace("-", " ")


def as_json(value: Any) -> Markup:
    """Data for a script, in an element that is never run; nothing in it can end the element."""
    text = msgspec.json.encode(value).decode()
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(safe)  # noqa: S704 - it can neither end its element nor begin another


@lru_cache
def asset(name: str) -> str:
    """A file of `static/`, by an address that changes with its bytes."""
    content = files("api.console").joinpath("static", name).read_bytes()
    return f"static/{name}?v={sha256(content).hexdigest()[:12]}"


@lru_cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("api.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        at=at,
        instant=instant,
        instants_within=instants_within,
        amount=amount,
        number=number,
        words=words,
        as_json=as_json,
    )
    functions: dict[str, Any] = {"asset": asset, "changed": changed, "with_words": with_words}
    made.globals.update(functions)
    return made
