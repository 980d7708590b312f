"""Who looks at the console, and the door before its pages."""

from typing import Annotated, Any, Final, NamedTuple, Protocol, cast

from fastapi import Depends
from starlette.requests import Request

from api.access import SCOPES, VISITOR, Actor, Door, Scope
from api.refusals import WrongScope

_KEPT: Final = "ledger.console.visitor"
READING: Final = frozenset({"GET", "HEAD"})


class Visitor(NamedTuple):
    """Somebody at a browser: who they are to the ledger, and what their forms bring back."""

    actor: Actor
    name: str | None
    """Whose name goes into what they decide; None until they have said it."""
    token: str
    """What every form has to bring back: a page of somebody else's cannot know it."""

    def may(self, *scopes: Scope) -> bool:
        """Whether any of the scopes is among the visitor's."""
        return self.actor.may(*scopes)


class NotSignedIn(Exception):
    """Nobody is signed in here, or no longer."""


class ForgedForm(Exception):
    """A form came from another place, or nothing shows that it came from here."""


class StaleForm(Exception):
    """A form of our own was made before its visitor signed in: what was typed is still good."""


class Visitors(Protocol):
    """What knows who is signed in."""

    async def visitor(self, request: Request) -> Visitor | None:
        """Who shows this request's cookie; None where nobody is signed in."""
        ...

    async def refuse_forged(self, request: Request, visitor: Visitor) -> None:
        """Raise `ForgedForm`, or `StaleForm`, unless the form was made for this visitor, here."""
        ...

    async def refuse_elsewhere(self, request: Request) -> None:
        """Raise `ForgedForm` unless the browser says that the form was made here."""
        ...


class ConsoleDoor(Door):
    """Stands before a page: takes who is signed in, where other doors take a key."""

    async def __call__(self, request: Request) -> None:
        """As a dependency of a page."""
        visitors: Visitors = request.app.state.visitors
        visitor = await visitors.visitor(request)
        if visitor is None:
            raise NotSignedIn
        # From here on a refusal is told to somebody who is known.
        request.scope[_KEPT] = visitor
        if not visitor.actor.may(*self.scopes):
            raise WrongScope(" or ".join(self.scopes))
        if request.method not in READING:
            await visitors.refuse_forged(request, visitor)
        request.scope[VISITOR] = visitor.actor


class OpenConsoleDoor(Door):
    """Stands before the few pages that are for everybody: who is signed in is known there too."""

    def __init__(self) -> None:
        super().__init__(())

    async def __call__(self, request: Request) -> None:
        """As a dependency of a page. Parameters are not looked at: a provider adds its own."""
        visitors: Visitors = request.app.state.visitors
        if request.method not in READING:
            await visitors.refuse_elsewhere(request)
        visitor = await visitors.visitor(request)
        if visitor is not None:
            request.scope[_KEPT] = visitor


def open_page() -> Any:
    """The door of a page that everybody may see: the way in, and the way out."""
    return Depends(OpenConsoleDoor())


def visitor_of(request: Request) -> Visitor | None:
    """Who is signed in, once a door has looked; None where nobody is."""
    return request.scope.get(_KEPT)


def signed_in(*scopes: Scope) -> Any:
    """The door of a page: somebody signed in with any of these scopes; without a word, anybody
    who is signed in and is no seller.
    """
    return Depends(ConsoleDoor(scopes or tuple(sorted(SCOPES))))  # type: ignore[arg-type]


async def _current_visitor(request: Request) -> Visitor:
    return cast(Visitor, request.scope[_KEPT])


CurrentVisitor = Annotated[Visitor, Depends(_current_visitor)]
"""A page's parameter: who looks at it. Only behind `signed_in`."""
