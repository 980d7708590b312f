"""The one place where the parts are put together into an application."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Protocol

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api import docs, health
from api.access import Keys
from api.heads import Heads
from api.metrics import Metrics
from api.openapi import document_of
from api.own_machine import OwnMachine
from api.problems import Problem, as_response, refused
from api.refusals import MalformedBody, MalformedParameter
from api.sensitive import with_recording
from api.traffic import REQUEST_ID, Traffic
from ledger.facts.kinds import UnreadableFact
from ledger.facts.refusal import Refusal
from ledger.store.refusals import NotReadable


class Parts(Protocol):
    """What the application is given; it makes none of them itself."""

    @property
    def keys(self) -> Keys | None:
        """Who may ask; None where LEDGER_AUTH is off."""
        ...

    @property
    def console_address(self) -> str | None:
        """Where people reach the console from elsewhere, if the operator said so."""
        ...

    def ready(self) -> str | None:
        """Why requests cannot be answered yet; None once every view has caught up."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """Runs what has to run while the application serves."""
        ...


_METHOD_NOT_ALLOWED: Final = ("method-not-allowed", "The address knows no such method")
_ACCEPTED: Final = {"bool_parsing": "true or false", "int_parsing": "a whole number"}
"""In plain words what Pydantic says in its own."""
_NOT_FOUND: Final = ("not-found", "Nothing is here")


def create_app(parts: Parts, routers: Iterable[APIRouter] = ()) -> FastAPI:
    """An application that answers `routers` with `parts`, which they find in `app.state.parts`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with parts.running():
            yield

    app = FastAPI(
        title="seller-ledger",
        version=_version(),
        description="Violations, sanctions and standing of a marketplace's sellers.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        # FastAPI's own would send paths and the words of exceptions; api/tracing.py sends neither.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.parts = parts
    app.state.keys = parts.keys
    # Routes are taken over as they are: an included router would match every path twice.
    for router in (*routers, health.router, docs.router):
        app.router.routes.extend(map(with_recording, router.routes))
    app.openapi = lambda: document_of(app)
    app.state.metrics = Metrics()
    if parts.keys is None:
        app.add_middleware(OwnMachine, address=parts.console_address)
    app.add_middleware(Heads)
    app.add_middleware(Traffic, metrics=app.state.metrics)
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(UnreadableFact, _on_unreadable)
    app.add_exception_handler(RequestValidationError, _on_malformed)
    app.add_exception_handler(HTTPException, _on_http)
    return app


async def _on_refusal(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return refused(refusal, request.scope.get(REQUEST_ID))


async def _on_unreadable(request: Request, cause: Exception) -> Response:
    return refused(NotReadable(str(cause)), request.scope.get(REQUEST_ID))


async def _on_malformed(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, RequestValidationError)
    error = wrong.errors()[0]
    place, *within = error["loc"]
    field = ".".join(str(part) for part in within) or "the request"
    kind = MalformedBody if place == "body" else MalformedParameter
    if error["type"] == "missing":
        refusal = kind(f"{field} is missing", field=field)
    else:
        said = str(error["msg"]).removeprefix("Input should be ")
        accepted = _ACCEPTED.get(error["type"], said)
        refusal = kind(f"{field} cannot be read", field=field, accepted=accepted)
    return refused(refusal, request.scope.get(REQUEST_ID))


async def _on_http(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, HTTPException)
    name, title = {404: _NOT_FOUND, 405: _METHOD_NOT_ALLOWED}.get(
        wrong.status_code, (f"http-{wrong.status_code}", wrong.detail)
    )
    allowed = (wrong.headers or {}).get("Allow")
    problem = Problem(
        type=f"/problems/{name}",
        title=title,
        status=wrong.status_code,
        detail=title,
        accepted=allowed,
        instance=request.scope.get(REQUEST_ID),
    )
    return as_response(problem, dict(wrong.headers or {}))


def _version() -> str:
    try:
        return version("seller-ledger")
    except PackageNotFoundError:
        return "0"
