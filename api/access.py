"""Who may ask what. Every route names its scopes, or says that it is open to all.

The one table of roles is in the contract: standing:read storefront, facts:write
platform service, cases:decide reviewer, audit:read analyst, what-if:run investigator,
policy:publish, and admin, which implies all.
"""

from collections.abc import Iterable, Iterator
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NamedTuple,
    Protocol,
    cast,
    get_args,
    get_origin,
)

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.refusals import (
    ActorMismatch,
    NotAuthenticated,
    OtherSeller,
    RepeatedParameter,
    UnknownParameter,
    WrongScope,
)
from ledger.store.refusals import Unavailable

Scope = Literal[
    "standing:read",
    "facts:write",
    "cases:decide",
    "audit:read",
    "what-if:run",
    "policy:publish",
    "admin",
]
SCOPES: Final[frozenset[str]] = frozenset(Scope.__args__)

_KEPT: Final = "ledger.actor"
VISITOR: Final = "ledger.visitor"
"""Where the console says in a request's scope who is signed in; no header reaches it."""


class Actor(NamedTuple):
    """Who asks: the subject of a key, with what the key opens."""

    subject: str | None
    """None where keys are off: then the names in the bodies are the actors."""
    scopes: frozenset[str]
    seller_id: str | None = None
    """Set for a seller's own key, which sees that seller's pages only."""
    key_id: str | None = None

    def may(self, *scopes: str) -> bool:
        """Whether any of the scopes is among the actor's."""
        return "admin" in self.scopes or not self.scopes.isdisjoint(scopes)

    def answers_for(self, field: str, named: str) -> None:
        """Refuse a body whose `field` names somebody else as the one behind it."""
        if self.subject is not None and named != self.subject:
            raise ActorMismatch(field, self.subject)

    def keep_storefronts_out(self, *others: str) -> None:
        """With `standing:read` alone only a seller itself reads its cases: its own. Refuse the
        rest that have none of `others`.
        """
        if self.seller_id is None and not self.may(*others):
            raise WrongScope(" or ".join(others))


ANYBODY: Final = Actor(None, frozenset({"admin"}))
"""With LEDGER_AUTH=off everybody on this machine is an administrator without a name."""


class Keys(Protocol):
    """What tells whose key it is."""

    def remembered(self, key: str) -> Actor | None:
        """Who shows this key, if that is known without asking the database."""
        ...

    def actor(self, key: str) -> Actor:
        """Who shows this key; raises `NotAuthenticated`, or `Unavailable` without a database."""
        ...

    def believed(self, key: str) -> Actor | None:
        """Who showed it lately, for a reader while nobody can be asked."""
        ...


class Door:
    """Stands before a route: knows who asks, whether they may, and which parameters exist."""

    def __init__(self, scopes: tuple[str, ...], *, sellers_own: bool = False) -> None:
        self.scopes = scopes
        self.sellers_own = sellers_own
        self._known: dict[object, dict[str, bool]] = {}

    async def __call__(self, request: Request) -> None:
        """As a dependency of a route."""
        await self.admit(request)
        if request.scope["query_string"]:
            self._refuse_parameters(request)

    async def admit(self, request: Request) -> None:
        """Find out who asks and whether they may."""
        if self.scopes:
            keys: Keys | None = request.app.state.keys
            actor = ANYBODY if keys is None else await self._asker(keys, request)
            request.scope[_KEPT] = actor

    async def _asker(self, keys: Keys, request: Request) -> Actor:
        actor: Actor | None = request.scope.get(VISITOR)
        if actor is None:
            key = _key_in(request.scope["headers"])
            actor = keys.remembered(key) or await _asked(keys, key, request.method)
        if not actor.may(*self.scopes):
            raise WrongScope(" or ".join(self.scopes))
        if actor.seller_id is not None:
            self._keep_to_own_pages(actor, request)
        return actor

    def _keep_to_own_pages(self, actor: Actor, request: Request) -> None:
        if not self.sellers_own:
            raise WrongScope("no seller of its own")
        if request.path_params.get("seller_id") != actor.seller_id:
            raise OtherSeller

    def _refuse_parameters(self, request: Request) -> None:
        route = cast(APIRoute, request.scope["route"])
        known = self._known.get(route.endpoint)
        if known is None:
            known = self._known[route.endpoint] = dict(_query_parameters(route.dependant))
        told = set[str]()
        for name, _ in request.query_params.multi_items():
            if name not in known:
                raise UnknownParameter(name, known)
            if name in told and not known[name]:
                raise RepeatedParameter(name)
            told.add(name)


def require(scope: Scope, *others: Scope, sellers_own: bool = False) -> Any:
    """The door of a route: a key with any of these scopes opens it.

    `sellers_own` lets in a seller's own key too, where the path's `seller_id` is its own.
    """
    return Depends(Door((scope, *others), sellers_own=sellers_own))


def open_to_all() -> Any:
    """The door of a route that needs no key: health, the documents and little else."""
    return Depends(Door(()))


def door_of(route: APIRoute) -> Door | None:
    """The door that stands before a route; None is a mistake that a test finds."""
    for dependant in route.dependant.dependencies:
        if isinstance(dependant.call, Door):
            return dependant.call
    return None


async def _asked(keys: Keys, key: str, method: str) -> Actor:
    try:
        return await run_in_threadpool(keys.actor, key)
    except Unavailable:
        # Nobody can revoke a key in a database that is away. What is read then comes from memory;
        # whoever writes has to be known for sure.
        actor = keys.believed(key) if method in ("GET", "HEAD") else None
        if actor is None:
            raise
        return actor


def _key_in(headers: Iterable[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"authorization":
            kind, _, key = value.decode("latin-1").partition(" ")
            if kind.lower() != "bearer":
                raise NotAuthenticated("only Bearer keys open this")
            return key.strip()
    raise NotAuthenticated("no key was shown")


def actor_of(request: Request) -> Actor:
    """Who asks, once the door has let them in. Only behind `require`."""
    return cast(Actor, request.scope[_KEPT])


async def _current_actor(request: Request) -> Actor:
    return actor_of(request)


CurrentActor = Annotated[Actor, Depends(_current_actor)]
"""A route's parameter: who asks. Only behind `require`."""


def _query_parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """The names of a route's parameters, and whether one may be told several times."""
    for field in dependant.query_params:
        annotation = field.field_info.annotation
        shapes = (annotation, *get_args(annotation))
        yield field.alias, any(get_origin(shape) is list for shape in shapes)
    for inner in dependant.dependencies:
        yield from _query_parameters(inner)
