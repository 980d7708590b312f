"""Generated requests against everything that a live server says it answers (R5).

The document is asked of the server, so a new route is tried without a word here.
"""

import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from api.keys import create_key
from api.routes import ROUTERS
from tests.api.routes import test_document
from tests.api.routes.world import report
from tests.faults.footprint import told_by_requests
from tests.faults.serving import Serving
from tests.faults.size import LONG, times

assert test_document  # it says how a pack and a batch are sent

SELLERS, VIOLATIONS = ("s-1", "s-2"), ("v-1", "v-2", "v-3")
MOST_SECONDS = 10.0
NEGATIVE = negative_data_rejection
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    NEGATIVE,
    unsupported_method,
]


GENERATED = settings(
    max_examples=times(8, 400),
    derandomize=not LONG,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def streams(context: Any) -> bool:
    """Whether an operation's answer has no end: it would be waited for until the time is up.

    What it refuses is tried in its own tests.
    """
    responses: dict[str, Any] = context.operation.definition.raw.get("responses", {})
    return any("text/event-stream" in found.get("content", {}) for found in responses.values())


class Door(NamedTuple):
    """A server, the way into its database, and the head that lets everything be asked."""

    server: Serving
    connection: "psycopg.Connection[Any]"
    headers: dict[str, str]

    @property
    def keys(self) -> bool:
        """Whether keys are asked for."""
        return "Authorization" in self.headers


@pytest.fixture(scope="module", params=["off", "keys"])
def door(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Door]:
    folder: Path = tmp_path_factory.mktemp("door") / "data"
    with (
        Serving(folder, LEDGER_AUTH=request.param) as server,
        psycopg.connect(server.dsn, autocommit=True) as connection,
    ):
        headers: dict[str, str] = {}
        if request.param == "keys":
            key = create_key(connection, subject="root", scopes=["admin"], created_by="test")
            headers["Authorization"] = f"Bearer {key}"
        for seller in SELLERS:
            for violation in VIOLATIONS:
                body = {**report(violation), "reported_by": "root"}
                path = f"/v1/sellers/{seller}/violations"
                assert server.ask(path, body, headers=headers)[0] == 201
        yield Door(server, connection, headers)
        assert server.broken() == []


def test_whatever_is_asked_gets_what_is_promised(door: Door, subtests: pytest.Subtests) -> None:
    document = schemathesis.openapi.from_url(
        f"{door.server.base}/v1/openapi.json", headers=dict(door.headers)
    )
    document.config.update(base_url=door.server.base)
    document.config.seed = None if LONG else 1

    # With keys the routes are the same; small, each is asked less behind that door.
    most = sys.maxsize if LONG or not door.keys else 25

    def ask(case: schemathesis.Case) -> None:
        if asked[label] < most:
            asked[label] += 1
            _ask(door, case)

    tests = get_all_tests(
        schema=document.exclude(streams), test_func=ask, settings=GENERATED, given_kwargs={}
    )
    asked: Counter[str] = Counter()
    for found in tests:
        operation, test = found.ok()
        label = operation.label
        with subtests.test(label):
            test()
    assert len(asked) >= len(ROUTERS)
    print(f"{asked.total()} requests to {len(asked)} operations")


def _ask(door: Door, case: schemathesis.Case) -> None:
    _meet_what_is_there(case)
    before = told_by_requests(door.connection)
    answer = case.call(headers=dict(door.headers), timeout=MOST_SECONDS)
    if answer.status_code >= 500:
        # What is promised of this sort: to whoever asks for what is not there yet, or not proved.
        assert answer.status_code == 503
        if answer.json()["type"] != "/problems/not-proved-yet":
            assert answer.json()["type"] == "/problems/not-there-yet", answer.text
            assert "min_position" in (case.query or {})
    elif answer.status_code >= 400:
        if case.method != "HEAD":
            problem = answer.json()
            assert problem["type"].startswith("/problems/")
            assert problem["status"] == answer.status_code
            assert problem["detail"]
        assert told_by_requests(door.connection) == before
    # Of bytes that are not JSON nobody can say that they have the wrong type, and who asks whether
    # something makes sense is told that it does not.
    reads_json = case.media_type in (None, "application/json")
    refuses = reads_json and not case.path.endswith(":check")
    case.validate_response(answer, checks=CHECKS, excluded_checks=[] if refuses else [NEGATIVE])


def _meet_what_is_there(case: schemathesis.Case) -> None:
    """Every second request is about a seller and a violation that the ledger knows."""
    given = case.path_parameters or {}
    for name, known in (("seller_id", SELLERS), ("violation_id", VIOLATIONS)):
        told = given.get(name)
        if isinstance(told, str) and told.isalnum():
            lot = zlib.crc32(told.encode())
            if lot % 2:
                given[name] = known[lot % len(known)]


def _somewhere(path: str) -> str:
    """An address of this template."""
    told = path.replace("{seller_id}", "s-1").replace("{round}", "1")
    return told.replace("{", "").replace("}", "")


def test_without_a_key_nothing_is_answered(door: Door) -> None:
    if not door.keys:
        pytest.skip("no keys are asked for")
    _, document = door.server.ask("/v1/openapi.json", headers=dict(door.headers))
    guarded = [
        (_somewhere(path), method.upper())
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation.get("security")
    ]
    assert len(guarded) > 10
    for path, method in guarded:
        for headers in ({}, {"Authorization": "Bearer sl_0"}, {"Authorization": "Basic eDp5"}):
            status, problem = door.server.ask(path, method=method, headers=headers)
            assert (status, problem["type"]) == (401, "/problems/not-authenticated"), path
