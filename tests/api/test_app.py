"""The edges of the application: problems, headers, numbers, documents."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from structlog.testing import capture_logs

import api
from api.app import create_app

REPORT = {
    "violation_id": "v-1",
    "rule": "trademark",
    "source": "platform",
    "statement": "A copied logo.",
    "reported_by": "root",
}
DRAFT = "https://json-schema.org/draft/2020-12/schema"
VIOLATIONS = "/v1/sellers/s-1/violations"


@pytest.mark.parametrize(
    ("method", "address", "status", "name"),
    [
        ("GET", "/v1/nothing", 404, "not-found"),
        ("GET", "/v1/docs/../settings.py", 404, "not-found"),
        ("PUT", "/v1/health/live", 405, "method-not-allowed"),
        ("GET", "/v1/sellers/%20/standing", 422, "malformed-parameter"),
        ("GET", "/v1/sellers/s%0A/standing", 422, "malformed-parameter"),
        ("GET", "/v1/quick/s%0A", 422, "malformed-parameter"),
        ("GET", "/v1/quick/s-1?asof=x", 422, "unknown-parameter"),
        ("GET", "/v1/sellers/s-1/standing?limit=0", 422, "malformed-parameter"),
        ("GET", "/v1/sellers/s-1/standing?limit=ten", 422, "malformed-parameter"),
        ("POST", VIOLATIONS, 415, "wrong-media-type"),
    ],
)
def test_every_refusal_is_a_problem(
    client: TestClient, method: str, address: str, status: int, name: str
) -> None:
    answer = client.request(method, address)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"/problems/{name}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["instance"] == answer.headers["request-id"]


def test_a_method_that_is_not_there_is_answered_with_those_that_are(client: TestClient) -> None:
    assert client.put("/v1/health/live").headers["allow"] == "GET"


def test_a_failure_shows_nothing_of_the_inside(client: TestClient) -> None:
    with capture_logs() as logs:
        answer = client.post(VIOLATIONS, json=REPORT | {"rule": "broken", "statement": "hunter2"})
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal-error")
    assert answer.json()["instance"] == answer.headers["request-id"]
    assert "hunter2" not in answer.text
    assert "hunter2" not in json.dumps(logs)
    assert [line["event"] for line in logs] == ["request failed", "request"]
    assert logs[0]["error"] == "RuntimeError"


def test_a_log_line_names_the_route_and_nobody(client: TestClient) -> None:
    with capture_logs() as logs:
        client.post(VIOLATIONS + "/v-secret/annulment", json={"reason": "r", "annulled_by": "ann"})
    told = json.dumps(logs)
    assert "/v1/sellers/{seller_id}/violations/{violation_id}/annulment" in told
    assert not re.search(r"s-1|v-secret|ann\b|sl_admin", told)


def test_ids_of_the_matter_come_back_where_they_are_readable(client: TestClient) -> None:
    address = "/v1/health/live"
    assert client.get(address, headers={"Correlation-Id": "t-1"}).headers["correlation-id"] == "t-1"
    assert "correlation-id" not in client.get(address, headers={"Correlation-Id": "a b"}).headers
    assert client.get(address).headers["request-id"] != client.get(address).headers["request-id"]


def test_every_answer_is_guarded(client: TestClient) -> None:
    headers = client.get("/v1/sellers/s-1/standing").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"


def test_ready_says_why_not(open_client: TestClient, parts) -> None:
    assert open_client.get("/v1/health/ready").status_code == 200
    parts.why_not_ready = "the timeline is at 3 of 9"
    answer = open_client.get("/v1/health/ready")
    assert (answer.status_code, answer.json()["detail"]) == (503, "the timeline is at 3 of 9")
    assert "retry-after" in answer.headers
    assert open_client.get("/v1/health/live").json() == {"status": "live"}


def test_the_parts_run_as_long_as_the_application(parts) -> None:
    with TestClient(create_app(parts)):
        assert parts.ran == 1
    assert parts.ran == 0


def test_numbers_go_by_route_not_by_address(client: TestClient) -> None:
    client.get("/v1/sellers/s-1/standing")
    client.get("/v1/who/knows")
    numbers = client.get("/metrics").text
    counted = 'ledger_http_requests_total{method="GET",route="/v1/sellers/{seller_id}/standing"'
    assert counted in numbers
    assert 'route="unmatched"' in numbers
    assert "s-1" not in numbers
    assert "who" not in numbers


def test_a_quick_route_is_told_and_described_like_the_others(client: TestClient) -> None:
    assert client.get("/v1/quick/s-1?as_of=a%2Bb").json() == {
        "seller_id": "s-1",
        "by": "a+b",
        "limit": 0,
    }
    document = client.get("/v1/openapi.json").json()
    parameters = document["paths"]["/v1/quick/{seller_id}"]["get"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == ["seller_id", "as_of"]


def test_a_quick_route_reads_a_body_and_headers_like_the_others(client: TestClient) -> None:
    def told(**headers: str) -> tuple[int, dict[str, Any]]:
        answer = client.post("/v1/quick/s-1/violations", json=REPORT, headers=headers)
        return answer.status_code, answer.json()

    assert told() == (201, {"seller_id": "s-1", "by": None, "limit": 0})
    assert told(**{"Idempotency-Key": "k-1"})[1]["by"] == "k-1"
    assert told(**{"Correlation-Id": "case-7"})[1]["by"] == "case-7"
    status, problem = told(**{"Idempotency-Key": "k" * 256})
    assert (status, problem["field"]) == (422, "Idempotency-Key")
    status, problem = told(**{"Content-Type": "text/plain"})
    assert (status, problem["type"]) == (415, "/problems/wrong-media-type")
    document = client.get("/v1/openapi.json").json()["paths"]
    slow = document["/v1/sellers/{seller_id}/violations"]["post"]
    quick = document["/v1/quick/{seller_id}/violations"]["post"]
    for part in ("parameters", "requestBody", "x-scopes"):
        assert quick[part] == slow[part]


def test_the_document_describes_bodies_answers_and_refusals(client: TestClient) -> None:
    document = client.get("/v1/openapi.json").json()
    operation = document["paths"]["/v1/sellers/{seller_id}/violations"]["post"]
    body = document["components"]["schemas"]["RecordViolationBody"]
    assert document["openapi"].startswith("3.1")
    assert operation["operationId"] == "record"
    assert operation["x-scopes"] == ["facts:write"]
    assert {"201", "401", "403", "404", "409", "413", "415", "422", "default"} == set(
        operation["responses"]
    )
    assert "/problems/unknown-rule" in operation["responses"]["404"]["description"]
    assert "seller_id" not in body["properties"]
    assert "command" not in body["properties"]
    assert "rule" in body["required"]


def test_where_keys_are_off_the_document_asks_for_none(open_client: TestClient) -> None:
    document = open_client.get("/v1/openapi.json").json()
    operation = document["paths"]["/v1/sellers/{seller_id}/violations"]["post"]
    assert "security" not in operation
    assert "securitySchemes" not in document["components"]
    assert "401" not in operation["responses"]


def test_every_reference_in_the_document_leads_somewhere(app: FastAPI) -> None:
    document = app.openapi()
    for name in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)):
        assert name in document["components"]["schemas"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_schema_in_the_document_is_one(app: FastAPI) -> None:
    for schema in app.openapi()["components"]["schemas"].values():
        jsonschema_rs.meta.validate({**schema, "$schema": DRAFT})


def test_operations_have_names_of_their_own(app: FastAPI) -> None:
    names = [
        operation["operationId"]
        for path in app.openapi()["paths"].values()
        for operation in path.values()
    ]
    assert len(names) == len(set(names))


def test_the_documentation_fetches_nothing_from_elsewhere(stranger: TestClient) -> None:
    page = stranger.get("/v1/docs")
    ours = stranger.get("/v1/docs/docs.js").text
    style = stranger.get("/v1/docs/swagger-ui.css").text
    assert page.status_code == 200
    assert "//" not in page.text.replace("<!doctype", "")
    assert "http" not in ours
    assert all(url.startswith("data:") for url in re.findall(r"url\(['\"]?([^)'\"]+)", style))
    assert "<script>" not in page.text
    assert " on" not in re.sub(r">[^<]*<", "><", page.text)
    assert "unsafe" not in page.headers["content-security-policy"]
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert stranger.get(address).status_code == 200, address


def test_vendored_files_are_the_ones_that_were_pinned() -> None:
    folder = Path(api.__file__).parent / "static" / "swagger-ui"
    rows = re.findall(
        r"^\| (\S+) \| ([0-9a-f]{64}) \|$", (folder / "VENDORED.md").read_text(), re.MULTILINE
    )
    assert len(rows) == 4
    for name, digest in rows:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
