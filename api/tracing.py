"""Traces by OpenTelemetry, where the extra `otel` is installed and an endpoint is named.

Otherwise nothing of the extra is imported and nothing is added to the application. A trace begins
where the asking system's does (`traceparent`), goes through the request, and shows the clerk's
transaction and the database's write, which many requests share: the transaction belongs to the
first and is linked to the others. Spans hold routes, statuses and counts, and nothing else.
"""

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Final

import structlog
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.traffic import route_of
from ledger.ledger import Ledger
from ledger.store.spans import Spans

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_NEEDED: Final = ("opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
_log: Final = structlog.get_logger("seller-ledger")


@contextmanager
def tracing(app: FastAPI, ledger: Ledger) -> Generator[None]:
    """Trace this application while it serves, if the environment asks for it."""
    if not any(os.environ.get(name) for name in ENDPOINTS):
        yield
        return
    if not all(map(_is_there, _NEEDED)):
        _log.warning("traces are not sent", says="install seller-ledger[otel]")
        yield
        return
    provider = _provider()
    trace(app, ledger, provider.get_tracer("seller-ledger"))
    try:
        yield
    finally:
        provider.shutdown()


def trace(app: FastAPI, ledger: Ledger, tracer: Any) -> None:
    """Have everything told to a tracer of OpenTelemetry."""
    app.add_middleware(TracedRequests, tracer=tracer)
    ledger.journal.spans = TracedWrites(tracer)


class TracedRequests:
    """A span for each request, named by the route's template."""

    def __init__(self, app: ASGIApp, tracer: Any) -> None:
        from opentelemetry.propagate import extract  # noqa: PLC0415 - only where it is installed
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415

        self._app = app
        self._tracer = tracer
        self._extract: Callable[..., Any] = extract
        self._server = SpanKind.SERVER
        self._error = StatusCode.ERROR

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in (b"traceparent", b"tracestate")
        }
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._tracer.start_as_current_span(
            scope["method"],
            context=self._extract(asked),
            kind=self._server,
            record_exception=False,  # its words may quote a body
            set_status_on_exception=False,
        ) as span:
            await self._app(scope, receive, send_on)
            route = route_of(scope)
            span.update_name(f"{scope['method']} {route}")
            span.set_attribute("http.request.method", scope["method"])
            span.set_attribute("http.route", route)
            span.set_attribute("http.response.status_code", status)
            if status >= 500:
                span.set_status(self._error)


class TracedWrites(Spans):
    """Spans for the clerk's transactions and the journal's writes."""

    def __init__(self, tracer: Any) -> None:
        from opentelemetry import trace as api  # noqa: PLC0415 - only where it is installed

        self._api = api
        self._tracer = tracer

    def here(self) -> object:
        """The span of the request that submits."""
        found = self._api.get_current_span()
        return found if found.get_span_context().is_valid else None

    @contextmanager
    def transaction(self, origins: Sequence[object], requests: int) -> Generator[None]:
        """A child of the first request's span, linked to the others'."""
        spans: list[Any] = [origin for origin in origins if origin is not None]
        parent = self._api.set_span_in_context(spans[0]) if spans else None
        links = [self._api.Link(span.get_span_context()) for span in spans[1:]]
        counted = {"ledger.requests": requests, "ledger.submissions": len(origins)}
        with self._span("clerk transaction", counted, context=parent, links=links):
            yield

    @contextmanager
    def write(self, facts: int) -> Generator[None]:
        """Inside the transaction's."""
        with self._span("database write", {"ledger.facts": facts, "db.system.name": "postgresql"}):
            yield

    def _span(self, name: str, attributes: dict[str, Any], **more: Any) -> Any:
        return self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, **more
        )


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _provider() -> Any:
    """Sends spans in batches from a thread of its own; OTEL_ variables say where and how."""
    from importlib import import_module  # noqa: PLC0415 - types come with the extra only

    sdk = import_module("opentelemetry.sdk.trace")
    export = import_module("opentelemetry.sdk.trace.export")
    otlp = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    resources = import_module("opentelemetry.sdk.resources")
    named = os.environ.get("OTEL_SERVICE_NAME", "seller-ledger")
    provider = sdk.TracerProvider(resource=resources.Resource.create({"service.name": named}))
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter()))
    return provider
