"""Traces: from the asking system's through the request to the write, and nothing without them."""

import subprocess
import sys
from pathlib import Path

from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from api.opening import open_ledger
from api.parts import LedgerParts
from api.serve import application
from api.settings import Settings
from api.tracing import ENDPOINTS, trace, tracing
from tests.api.routes.world import report

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ASKED = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}


def test_a_request_is_followed_to_the_database(dsn: str, tmp_path: Path) -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with open_ledger(dsn, Settings(auth="off")) as ledger:
        app = application(LedgerParts(ledger, None, tmp_path))
        trace(app, ledger, provider.get_tracer("test"))
        with TestClient(app, base_url="http://127.0.0.1") as client:
            body = report("v-secret", statement="hunter2")
            client.post("/v1/sellers/s-hidden/violations", json=body, headers=ASKED)
    spans = {span.name: span for span in kept.get_finished_spans() if span.context}
    request = spans["POST /v1/sellers/{seller_id}/violations"]
    followed = [s for s in kept.get_finished_spans() if f"{s.context.trace_id:032x}" == TRACE]
    assert sorted(span.name for span in followed) == [
        "POST /v1/sellers/{seller_id}/violations",
        "clerk transaction",
        "database write",
    ]
    by_name = {span.name: span for span in followed}
    transaction, write = by_name["clerk transaction"], by_name["database write"]
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == "00f067aa0ba902b7"
    assert transaction.parent.span_id == request.context.span_id
    assert write.parent.span_id == transaction.context.span_id
    assert request.attributes["http.response.status_code"] == 201
    assert (transaction.attributes["ledger.requests"], write.attributes["ledger.facts"]) == (1, 1)
    told = "".join(span.to_json() for span in kept.get_finished_spans())
    assert [w for w in ("hunter2", "v-secret", "s-hidden", "svc") if w in told] == []


def test_a_failure_is_an_error_without_its_words(app: FastAPI) -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    from api.tracing import TracedRequests

    app.add_middleware(TracedRequests, tracer=provider.get_tracer("test"))
    with TestClient(app, headers={"Authorization": "Bearer sl_admin"}) as client:
        body = report("v-1", "broken", statement="hunter2", reported_by="root")
        assert client.post("/v1/sellers/s-1/violations", json=body).status_code == 500
    (span,) = kept.get_finished_spans()
    assert not span.status.is_ok
    assert "hunter2" not in span.to_json()


def test_without_an_endpoint_nothing_of_the_extra_is_imported() -> None:
    # FastAPI itself imports OpenTelemetry's interface, which does nothing without the rest.
    source = (
        "import api.serve, sys;"
        "extra = ('opentelemetry.sdk', 'opentelemetry.exporter');"
        "sys.exit(any(m.startswith(extra) for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 0


def test_an_endpoint_without_the_extra_is_said_and_nothing_else(app: FastAPI, monkeypatch) -> None:
    monkeypatch.setenv(ENDPOINTS[0], "http://127.0.0.1:1")
    monkeypatch.setattr("api.tracing._is_there", lambda _: False)
    before = list(app.user_middleware)
    with capture_logs() as logs, tracing(app, None):  # pyright: ignore[reportArgumentType]
        assert app.user_middleware == before
    assert [line["event"] for line in logs] == ["traces are not sent"]
