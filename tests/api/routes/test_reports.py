"""Reports over HTTP: the roads, every refusal, repeats, the queue, and who may ask."""

import csv
import io
import json
from typing import Any

import pytest
from httpx import Response

from ledger.policy.shipped import load_pack
from tests.api.routes.world import World

FIRST_DAY = "2026-01-01T00:00:00Z"
JUST_PAST = "2026-01-04T00:00:00.000001Z"
LAST = "2026-01-04T00:00:00.000000Z"


def complaint(report_id: str = "r-1", **other: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "report_id": report_id,
        "about": "listing",
        "seller_id": "s-1",
        "listing_id": "l-1",
        "reported_by": "b-1",
        "reporter": "buyer",
        "suspected": "trademark",
        "statement": "It is fake.",
    }
    return {name: value for name, value in (told | other).items() if value is not None}


RIGHT = {"reporter": "rights-holder", "reported_by": "owner-1"}
OF_BUYER = {
    "about": "buyer", "buyer_id": "b-9", "listing_id": None, "suspected": None,
    "reported_by": "s-1", "reporter": "seller",
}  # fmt: skip
FOUND = {"outcome": "violation", "severity": "general", "reviewer": "ana", "reasons": "It is."}
DISMISSED = {"outcome": "dismissed", "reviewer": "ana", "reasons": "It is genuine."}
UPHELD = {"outcome": "upheld", "reviewer": "ana", "reasons": "So it was."}
ANSWER = {"statement": "We have a licence.", "evidence": ["licence/1"]}


class Case:
    """A report of the sandbox's, and short ways to go on with it."""

    def __init__(self, world: World, report_id: str = "r-1", **other: Any) -> None:
        self.world = world
        self.report_id = report_id
        filed = world.client.post("/v1/reports", json=complaint(report_id, **other))
        assert filed.status_code == 201, filed.text
        self.filed = filed.json()

    def post(self, step: str, body: dict[str, Any] | None = None, **headers: str) -> Response:
        address = f"/v1/reports/{self.report_id}/{step}"
        return self.world.client.post(address, json=body or {}, headers=headers)

    def then(self, step: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Take a step that has to be taken; returns the report after it."""
        answer = self.post(step, body)
        assert answer.status_code == 200, answer.text
        assert set(answer.json()) == {"report", "facts", "position"}
        return answer.json()["report"]

    def kinds(self, step: str, body: dict[str, Any] | None = None) -> list[str]:
        return [fact["kind"].removesuffix(".v1") for fact in self.post(step, body).json()["facts"]]

    def now(self, instant: str | None = None) -> Any:
        if instant is not None:
            assert self.world.move(instant).status_code == 200
        return self.world.get(f"/v1/reports/{self.report_id}")["report"]

    def refused(self, step: str, body: dict[str, Any] | None = None) -> tuple[int, str, str | None]:
        return problem_of(self.post(step, body))


def problem_of(answer: Response) -> tuple[int, str, str | None]:
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    name = problem["type"].removeprefix("/problems/")
    return answer.status_code, name, problem.get("field")


@pytest.fixture
def holding(sandbox: World) -> World:
    """The sandbox under an edition that holds rights holders' complaints."""
    hold_complaints(sandbox)
    return sandbox


def hold_complaints(world: World) -> None:
    """Publish an edition that holds rights holders' complaints."""
    text = load_pack("aliexpress").replace("2020-01-01T00:00:00Z", FIRST_DAY)
    text = text.replace('edition = "2020-01-01"', 'edition = "2026-01-01"')
    text = text.replace("hold_for_counter_notice = false", "hold_for_counter_notice = true")
    headers = {"Content-Type": "application/toml"}
    answer = world.client.post("/v1/policies", content=text, headers=headers)
    assert answer.status_code == 200, answer.text


# -- the roads ----------------------------------------------------------------------------


def test_a_filed_report_tells_everything_about_itself(sandbox: World) -> None:
    case = Case(sandbox)
    assert case.filed["report"] == {
        "report_id": "r-1",
        "about": "listing",
        "seller_id": "s-1",
        "listing_id": "l-1",
        "buyer_id": None,
        "reported_by": "b-1",
        "reporter": "buyer",
        "suspected": "trademark",
        "filed_by": "b-1",
        "filed_at": "2026-01-01T00:00:00.000000Z",
        "status": "awaiting-review",
        "outcome": None,
        "documents": None,
        "held": None,
        "reviews": [],
        "violation_id": None,
        "closed_at": None,
        "deadlines": [],
        "policy": "aliexpress@2020-01-01",
    }
    assert case.filed["facts"] == [{"kind": "report-filed.v1", "fact_id": "report-r-1.1"}]
    seen = sandbox.get("/v1/reports/r-1", min_position=case.filed["position"])
    assert seen == {"report": case.filed["report"], "position": case.filed["position"]}


def test_a_review_records_the_violation_in_the_same_append(sandbox: World) -> None:
    case = Case(sandbox)
    answer = case.post("review", FOUND | {"severity": "serious"})
    told = answer.json()
    assert [fact["fact_id"] for fact in told["facts"]] == ["report-r-1.2", "seller-s-1.1"]
    assert (told["report"]["status"], told["report"]["outcome"]) == ("violation", "violation")
    assert told["report"]["violation_id"] == "report-r-1"
    violation = sandbox.get("/v1/sellers/s-1/violations/report-r-1")
    assert (violation["rule"], violation["strikes"]) == ("trademark", 1)
    assert (violation["source"], violation["listing_id"]) == ("platform", "l-1")
    fact = sandbox.get("/v1/facts/seller-s-1.1")
    assert (fact["caused_by"], fact["actor"]) == ("report-r-1.2", "ana")
    reviewed = sandbox.get("/v1/facts/report-r-1.2")
    assert reviewed["data"]["violation"] == "seller-s-1.1"
    assert (reviewed["seller_id"], reviewed["recorded_at"]) == ("s-1", fact["recorded_at"])
    assert sandbox.standing("s-1")["buckets"][1]["value"] == 1
    assert case.now() == told["report"]


def test_a_violation_of_a_report_can_be_appealed_as_any(sandbox: World) -> None:
    Case(sandbox, **RIGHT).then("review", FOUND)
    appeal = {"reason": "A licence.", "filed_by": "s-1"}
    address = "/v1/sellers/s-1/violations/report-r-1/appeals"
    assert sandbox.client.post(address, json=appeal).status_code == 201
    decision = {"outcome": "upheld", "reviewer": "ana", "reasons": "So it is."}
    answer = sandbox.client.post(f"{address}/1/decision", json=decision)
    assert problem_of(answer)[1] == "reviewer-not-independent"


def test_documents_are_given_up_to_the_last_instant(sandbox: World) -> None:
    case = Case(sandbox)
    assert case.kinds("document-request", {"statement": "The invoice."}) == [
        "report-documents-requested", "report-answer-awaited",
    ]  # fmt: skip
    report = case.now(LAST)
    assert report["deadlines"] == [
        {"what": "documents", "due_at": LAST, "default": "a reviewer goes on without them"}
    ]
    (due,) = sandbox.get("/v1/deadlines", kind="report-documents")["deadlines"]
    assert (due["due_at"], due["subject"], due["for"]) == (LAST, "r-1", "person")
    report = case.then("documents", {"evidence": ["invoice/1"]})
    assert (report["status"], report["documents"]["given_at"]) == ("awaiting-review", LAST)
    assert sandbox.get("/v1/deadlines", kind="report-documents")["deadlines"] == []
    assert case.then("review", DISMISSED)["status"] == "dismissed"


def test_documents_that_stay_out_hold_nothing_up(sandbox: World) -> None:
    case = Case(sandbox)
    case.then("document-request")
    assert case.refused("review", DISMISSED) == (409, "report-wrong-state", "report_id")
    report = case.now(JUST_PAST)
    assert (report["status"], report["documents"]["missed"]) == ("awaiting-review", True)
    assert case.refused("documents", {"evidence": ["late"]}) == (
        409, "report-too-late", "report_id",
    )  # fmt: skip
    (passed,) = sandbox.get("/v1/facts", kind="report-deadline-passed")["facts"]
    assert (passed["recorded_at"], passed["effective_at"]) == (JUST_PAST, JUST_PAST)
    assert case.then("review", FOUND)["violation_id"] == "report-r-1"


def test_a_report_about_a_buyer_is_upheld_or_dismissed(sandbox: World) -> None:
    case = Case(sandbox, **OF_BUYER)
    assert case.refused("review", FOUND) == (409, "outcome-not-accepted", "outcome")
    assert case.then("review", UPHELD)["status"] == "upheld"
    assert sandbox.get("/v1/sellers/s-1/violations")["violations"] == []


def test_a_complaint_is_held_and_recorded_when_nobody_answers(holding: World) -> None:
    case = Case(holding, **RIGHT)
    assert case.kinds("review", FOUND) == ["report-reviewed", "report-answer-awaited"]
    report = case.now(LAST)
    assert (report["status"], report["outcome"]) == ("awaiting-counter-notice", None)
    assert report["held"] == {
        "rule": "trademark",
        "severity": "general",
        "points": None,
        "effective_at": "2026-01-01T00:00:00.000000Z",
        "until": LAST,
        "countered_at": None,
    }
    (due,) = holding.get("/v1/deadlines", kind="counter-notice")["deadlines"]
    assert (due["due_at"], due["then"]) == (LAST, "the violation is recorded")
    assert holding.standing("s-1")["buckets"][0]["value"] == 0
    report = case.now(JUST_PAST)
    assert (report["status"], report["closed_at"]) == ("violation", JUST_PAST)
    violation = holding.get("/v1/sellers/s-1/violations/report-r-1")
    assert violation["effective_at"] == "2026-01-01T00:00:00.000000Z"
    assert (violation["recorded_at"], violation["source"]) == (JUST_PAST, "rights-holder")
    assert case.refused("counter-notice", ANSWER) == (409, "report-too-late", "report_id")


def test_a_counter_notice_brings_another_reviewer(holding: World) -> None:
    case = Case(holding, **RIGHT)
    case.then("review", FOUND)
    report = case.then("counter-notice", ANSWER)
    assert (report["status"], report["deadlines"]) == ("awaiting-review", [])
    assert case.refused("review", DISMISSED) == (409, "reviewer-not-independent", "reviewer")
    report = case.then("review", DISMISSED | {"reviewer": "bo"})
    assert [each["outcome"] for each in report["reviews"]] == ["violation", "dismissed"]
    assert case.now("2026-02-01T00:00:00Z")["status"] == "dismissed"
    assert holding.get("/v1/sellers/s-1/violations")["violations"] == []


# -- bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "status", "name", "field"),
    [
        ({"listing_id": None}, 422, "report-on-nobody", "listing_id"),
        (OF_BUYER | {"buyer_id": None}, 422, "report-on-nobody", "buyer_id"),
        ({"seller_id": None}, 422, "malformed-body", "seller_id"),
        ({"buyer_id": "b-9"}, 422, "report-part-out-of-place", "buyer_id"),
        (OF_BUYER | {"suspected": "weapons"}, 422, "report-part-out-of-place", "suspected"),
        ({"reported_by": "s-1", "reporter": "seller"}, 409, "report-on-oneself", "reported_by"),
        (OF_BUYER | {"reporter": "buyer"}, 409, "reporter-not-accepted", "reporter"),
        ({"suspected": "trademarc"}, 404, "unknown-rule", "suspected"),
        ({"about": "nobody"}, 422, "malformed-body", "about"),
        ({"report_id": "r" * 113}, 422, "malformed-body", "report_id"),
    ],
)
def test_what_is_no_report_is_refused(
    sandbox: World, other: dict[str, Any], status: int, name: str, field: str
) -> None:
    answer = sandbox.client.post("/v1/reports", json=complaint(**other))
    assert problem_of(answer) == (status, name, field)
    assert answer.json()["accepted"]
    assert sandbox.get("/v1/reports")["reports"] == []


def test_a_report_that_nobody_filed_is_unknown(sandbox: World) -> None:
    assert problem_of(sandbox.client.get("/v1/reports/r-9"))[:2] == (404, "unknown-report")
    answer = sandbox.client.post("/v1/reports/r-9/review", json=FOUND)
    assert problem_of(answer) == (404, "unknown-report", "report_id")


@pytest.mark.parametrize(
    ("body", "name", "field"),
    [
        (FOUND | {"reviewer": "b-1"}, "reviewer-not-independent", "reviewer"),
        (FOUND | {"rule": "weapons"}, "severity-not-accepted", "severity"),
        (FOUND | {"points": 49}, "points-out-of-range", "points"),
        (FOUND | {"effective_at": "2026-06-01T00:00:00Z"}, "effective-in-future", "effective_at"),
        (UPHELD, "outcome-not-accepted", "outcome"),
        (DISMISSED | {"points": 2}, "report-part-out-of-place", "points"),
    ],
)
def test_a_review_is_refused_as_the_rules_say(
    sandbox: World, body: dict[str, Any], name: str, field: str
) -> None:
    case = Case(sandbox)
    assert case.refused("review", body)[1:] == (name, field)
    assert case.now()["status"] == "awaiting-review"


def test_a_review_without_a_rule_needs_a_suspected_one(sandbox: World) -> None:
    case = Case(sandbox, suspected=None)
    assert case.refused("review", FOUND) == (409, "rule-missing", "rule")


# -- repeats ------------------------------------------------------------------------------


def test_every_step_told_twice_is_answered_once(holding: World) -> None:
    case = Case(holding, **RIGHT)
    answer = holding.client.post("/v1/reports", json=complaint(**RIGHT))
    assert answer.json() == case.filed
    assert (answer.status_code, answer.headers["Idempotency-Replayed"]) == (201, "true")
    steps: list[tuple[str, dict[str, Any]]] = [
        ("document-request", {"statement": "The invoice."}),
        ("documents", {"evidence": ["invoice/1"]}),
        ("review", FOUND),
        ("counter-notice", ANSWER),
        ("review", FOUND | {"reviewer": "bo"}),
    ]
    for step, body in steps:
        first = case.post(step, body)
        again = case.post(step, body)
        assert (first.status_code, again.status_code) == (200, 200), again.text
        assert again.json() == first.json()
        assert again.headers["Idempotency-Replayed"] == "true"
        assert "Idempotency-Replayed" not in first.headers
    # The first review is still known after the second.
    assert case.post("review", FOUND).headers["Idempotency-Replayed"] == "true"
    assert len(holding.get("/v1/sellers/s-1/violations")["violations"]) == 1


def test_the_same_id_with_other_content_is_refused(sandbox: World) -> None:
    case = Case(sandbox)
    answer = sandbox.client.post("/v1/reports", json=complaint(statement="It smells."))
    assert problem_of(answer) == (409, "told-differently", "statement")
    case.then("document-request", {"statement": "The invoice."})
    other = {"statement": "The licence."}
    assert case.refused("document-request", other) == (409, "told-differently", "statement")
    case.then("documents", {"evidence": ["invoice/1"]})
    case.then("review", DISMISSED)
    other = DISMISSED | {"reasons": "Other reasons."}
    assert case.refused("review", other) == (409, "told-differently", "reasons")
    assert case.refused("review", FOUND) == (409, "told-differently", "outcome")


def test_a_key_belongs_to_one_step(sandbox: World) -> None:
    case = Case(sandbox)
    key = {"Idempotency-Key": "k-1"}
    first = case.post("review", DISMISSED, **key)
    assert case.post("review", DISMISSED, **key).json() == first.json()
    assert case.post("review", UPHELD, **key).json()["type"] == "/problems/told-differently"
    other = Case(sandbox, "r-2")
    assert problem_of(other.post("review", DISMISSED, **key))[1:] == (
        "told-differently", "report_id",
    )  # fmt: skip


def test_a_batch_takes_the_same_commands(sandbox: World) -> None:
    sandbox.batch({"command": "file-report", **complaint()})
    told = sandbox.batch(
        {"command": "request-report-documents", "report_id": "r-1"},
        {"command": "add-report-documents", "report_id": "r-1", "evidence": ["invoice/1"]},
        {"command": "review-report", "report_id": "r-2", **FOUND},
        {"command": "review-report", "report_id": "r-1", **FOUND},
        {"command": "answer-report", "report_id": "r-1", **ANSWER},
    )
    assert ["position" in line for line in told] == [True, True, False, True, False]
    assert sandbox.get("/v1/reports/r-1")["report"]["status"] == "violation"


# -- the queue, and who reported ----------------------------------------------------------


def several(world: World) -> None:
    """Eight reports of four reporters, in many states."""
    for number in range(3):
        Case(world, f"r-{number}", reported_by="b-1").then("review", DISMISSED)
    Case(world, "r-3", reported_by="b-1").then("review", FOUND)
    Case(world, "r-4", **RIGHT, seller_id="s-2").then("review", FOUND)
    Case(world, "r-5", **OF_BUYER).then("review", UPHELD)
    Case(world, "r-6", reported_by="b-2").then("document-request")
    Case(world, "r-7", about="seller", listing_id=None, suspected=None, reported_by="b-2")


def ids(world: World, **query: Any) -> list[str]:
    return [row["report_id"] for row in world.get("/v1/reports", **query)["reports"]]


def test_the_queue_is_filtered_paged_and_exported(sandbox: World) -> None:
    several(sandbox)
    assert ids(sandbox) == [f"r-{number}" for number in range(8)]
    assert ids(sandbox, sort="-filed", limit=2) == ["r-7", "r-6"]
    assert ids(sandbox, status="awaiting-review") == ["r-7"]
    assert ids(sandbox, status="dismissed", reported_by="b-1") == ["r-0", "r-1", "r-2"]
    refused = sandbox.client.get("/v1/reports", params={"status": "closed"}).json()
    assert refused["field"] == "status"
    assert "'awaiting-documents'" in refused["accepted"]
    assert "'dismissed'" in refused["accepted"]
    assert ids(sandbox, about="buyer") == ["r-5"]
    assert ids(sandbox, seller_id="s-2") == ["r-4"]
    assert ids(sandbox, reporter="rights-holder", suspected="trademark") == ["r-4"]
    assert ids(sandbox, filed_to=FIRST_DAY) == []
    page = sandbox.get("/v1/reports", limit=5)
    rest = sandbox.get("/v1/reports", limit=5, after=page["next"])
    assert (len(rest["reports"]), rest["next"]) == (3, None)
    row = page["reports"][3]
    assert (row["violation_id"], row["taken_back"], row["reviewer"]) == ("report-r-3", False, "ana")
    waiting = rest["reports"][1]
    assert (waiting["due"], waiting["due_at"]) == ("documents", LAST)
    text = sandbox.client.get("/v1/reports", headers={"Accept": "text/csv"}).text
    assert [line["report_id"] for line in csv.DictReader(io.StringIO(text))] == ids(sandbox)
    lines = sandbox.client.get("/v1/reports", headers={"Accept": "application/x-ndjson"}).text
    assert [json.loads(line)["report_id"] for line in lines.splitlines()] == ids(sandbox)
    parquet = {"Accept": "application/vnd.apache.parquet"}
    assert sandbox.client.get("/v1/reporters", headers=parquet).content[:4] == b"PAR1"


def test_the_queue_shows_what_time_brought(sandbox: World) -> None:
    several(sandbox)
    assert sandbox.move(JUST_PAST).status_code == 200
    assert ids(sandbox, status="awaiting-review") == ["r-6", "r-7"]


def test_who_reports_without_ground_is_seen(sandbox: World) -> None:
    several(sandbox)
    rows = sandbox.get("/v1/reporters")["reporters"]
    assert [(row["reporter_id"], row["share_unfounded"]) for row in rows] == [
        ("b-1", 0.75), ("s-1", 0.0), ("owner-1", 0.0), ("b-2", None),
    ]  # fmt: skip
    assert rows[0] == {
        "reporter_id": "b-1",
        "reports": 4,
        "open": 0,
        "violations": 1,
        "taken_back": 0,
        "dismissed": 3,
        "upheld": 0,
        "unfounded": 3,
        "share_unfounded": 0.75,
        "last_filed_at": "2026-01-01T00:00:00.000000Z",
    }
    assert sandbox.get("/v1/reporters/b-1") == rows[0]
    by_count = sandbox.get("/v1/reporters", sort="-reports", limit=1)
    assert by_count["reporters"][0]["reporter_id"] == "b-1"
    rest = sandbox.get("/v1/reporters", sort="-reports", after=by_count["next"])["reporters"]
    assert [row["reports"] for row in rest] == [2, 1, 1]
    nobody = sandbox.get("/v1/reporters/nobody")
    assert (nobody["reports"], nobody["share_unfounded"]) == (0, None)


def test_a_violation_taken_back_makes_its_report_an_unfounded_one(sandbox: World) -> None:
    several(sandbox)
    assert sandbox.annul("s-1", "report-r-3").status_code == 200
    row = sandbox.get("/v1/reporters/b-1")
    assert (row["violations"], row["taken_back"], row["unfounded"]) == (0, 1, 4)
    assert row["share_unfounded"] == 1.0
    appeal = {"reason": "A licence.", "filed_by": "s-2"}
    address = "/v1/sellers/s-2/violations/report-r-4/appeals"
    sandbox.client.post(address, json=appeal)
    upheld = {"outcome": "upheld", "reviewer": "bo", "reasons": "So it is."}
    assert sandbox.client.post(f"{address}/1/decision", json=upheld).status_code == 200
    row = sandbox.get("/v1/reporters/owner-1")
    assert (row["taken_back"], row["share_unfounded"]) == (1, 1.0)
    (report,) = sandbox.get("/v1/reports", seller_id="s-2")["reports"]
    assert (report["status"], report["taken_back"]) == ("violation", True)


# -- what the seller is told --------------------------------------------------------------


def test_the_seller_is_told_what_is_waited_for_and_not_by_whom(holding: World) -> None:
    Case(holding).then("document-request", {"statement": "The invoice."})
    Case(holding, "r-2", **RIGHT, about="seller", listing_id=None).then("review", FOUND)
    answer = holding.get("/v1/sellers/s-1/notices")
    documents, counter = answer["notices"]
    assert documents["text"] == (
        "Your listing l-1 was reported (report r-1). Give the documents that you were asked for "
        "until 4 January 2026 at 00:00:00 (UTC). A reviewer decides on them, or without them if "
        "none come."
    )
    assert (documents["about"], documents["until"]) == ({"report_id": "r-1"}, LAST)
    assert counter["title"] == "Counter-notice possible"
    assert "complaint (“trademark”) was accepted" in counter["text"]
    for name in ("b-1", "owner-1", "ana", "invoice"):
        assert name not in json.dumps(answer)
    timeline = json.dumps(holding.get("/v1/sellers/s-1/timeline"))
    assert "b-1" not in timeline
    assert "owner-1" not in timeline


def test_a_sellers_own_key_reads_its_notices_and_no_report(locked: Any) -> None:
    world, keys = locked
    filed = world.client.post("/v1/reports", json=complaint(), headers=keys["platform"])
    assert (filed.status_code, filed.json()["report"]["filed_by"]) == (201, "platform")
    asked = world.client.post("/v1/reports/r-1/document-request", headers=keys["reviewer"])
    assert asked.status_code == 200, asked.text
    own = world.client.get("/v1/sellers/s-1/notices", headers=keys["s-1"])
    assert len(own.json()["notices"]) == 1
    for address in ("/v1/reports", "/v1/reports/r-1", "/v1/reporters", "/v1/reporters/b-1"):
        assert world.client.get(address, headers=keys["s-1"]).status_code == 403
    forged = FOUND | {"reviewer": "somebody"}
    answer = world.client.post("/v1/reports/r-1/review", json=forged, headers=keys["reviewer"])
    assert answer.json()["type"] == "/problems/actor-mismatch"
