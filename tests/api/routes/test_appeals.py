"""Appeals over HTTP: every step, every refusal, who may ask, and what a seller sees of its own."""

import json
from typing import Any

import pytest
from httpx import Response

from api.representations import appeal_of, fact_seen
from ledger.facts.appeals import AppealRejected
from ledger.facts.disputes import DisputeRuled, Settlement
from ledger.facts.instants import parse_instant
from ledger.standing.appeals import Round
from ledger.store.loading import StoredFact
from tests.api.routes.world import World, line, report

FILING = {"reason": "It was a kitchen knife.", "filed_by": "s-1"}
UPHELD = {"outcome": "upheld", "reviewer": "rita", "reasons": "It was one."}
REJECTED = {"outcome": "rejected", "reviewer": "rita", "reasons": "It was none."}
BY_HOLDER = {"severity": "general", "source": "rights-holder"}
START = "2026-01-01T00:00:00.000000Z"


def post(
    world: World, step: str, body: Any = None, violation: str = "v-1", **more: Any
) -> Response:
    """`step` is `""` for a filing, else `1/evidence` and the like."""
    address = f"/v1/sellers/s-1/violations/{violation}/appeals{f'/{step}' if step else ''}"
    return world.client.post(address, json=body, **more)


def done(answer: Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def rounds(world: World, violation: str = "v-1", **more: Any) -> Any:
    address = f"/v1/sellers/s-1/violations/{violation}/appeals"
    return done(world.client.get(address, **more))["appeals"]


# -- each step ----------------------------------------------------------------------------


def test_a_filing_answers_with_its_round_and_until_when_evidence_is_taken(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", "explosives")
    sandbox.move("2026-01-02T00:00:00Z")
    told = done(post(sandbox, "", FILING), 201)
    assert list(told) == ["appeal", "violation", "standing", "facts", "position"]
    appeal = {
        "round": 1,
        "status": "filed",
        "filed_at": "2026-01-02T00:00:00.000000Z",
        "evidence_until": "2026-01-04T00:00:00.000000Z",
        "next_round_until": None,
    }
    assert told["appeal"] == told["violation"]["appeal"] == appeal
    assert told["violation"]["appealable_until"] is None
    assert told["standing"]["status"] == "suspended", "an appeal alone suspends nothing"
    assert told["facts"] == [{"kind": "appeal-filed.v1", "fact_id": "seller-s-1.4"}]
    assert sandbox.get("/v1/sellers/s-1/violations/v-1") == told["violation"]
    (listed,) = sandbox.get("/v1/sellers/s-1/violations")["violations"]
    assert listed == told["violation"]


def test_an_upheld_appeal_cancels_the_violation_and_frees_the_seller(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", "explosives")
    post(sandbox, "", FILING)
    sandbox.move("2026-01-02T00:00:00Z")
    brought = done(post(sandbox, "1/evidence", {"evidence": ["photograph-1"]}))
    assert [fact["kind"] for fact in brought["facts"]] == ["appeal-evidence-added.v1"]
    sandbox.move("2026-01-11T00:00:00Z")
    won = done(post(sandbox, "1/decision", UPHELD))
    assert won["appeal"]["status"] == "upheld"
    assert (won["violation"]["status"], won["violation"]["points"]) == ("cancelled", 0)
    assert won["violation"]["points_original"] == 48
    assert won["standing"]["status"] == "active"
    assert (won["standing"]["sanctions"], won["standing"]["freezes"]) == ([], [])
    assert [fact["kind"] for fact in won["facts"]] == [
        "appeal-upheld.v1",
        "violation-cancelled.v1",
        "sanction-lifted.v1",
        "funds-released.v1",
        "sanction-found-in-error.v1",
    ]
    (error,) = sandbox.get("/v1/facts", kind="sanction-found-in-error")["facts"]
    assert error["data"]["error_us"] == 10 * 86_400_000_000
    then = "2026-01-05T00:00:00Z"
    assert sandbox.standing("s-1", as_of=then, known_at=then)["status"] == "suspended"
    found = sandbox.standing("s-1", as_of=then)
    assert (found["status"], found["buckets"][0]["value"]) == ("suspended", 0)


def test_a_rejected_round_says_until_when_the_next_may_be_filed(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", "copyright", **BY_HOLDER)
    first = done(post(sandbox, "", FILING), 201)
    assert first["appeal"]["evidence_until"] is None
    lost = done(post(sandbox, "1/decision", REJECTED))
    until = "2026-01-31T00:00:00.000000Z"
    assert lost["appeal"]["next_round_until"] == lost["violation"]["appealable_until"] == until
    # The same words, after a rejection, file the next round; and are a repeat while that is open.
    second = post(sandbox, "", FILING)
    assert done(second, 201)["appeal"]["round"] == 2
    assert post(sandbox, "", FILING).content == second.content
    third = REJECTED | {"reviewer": "omar"}
    assert done(post(sandbox, "2/decision", third))["appeal"]["round"] == 2


def test_a_withdrawal_needs_no_body_and_ends_the_appeal(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    post(sandbox, "", FILING)
    taken_back = sandbox.client.post("/v1/sellers/s-1/violations/v-1/appeals/1/withdrawal")
    assert done(taken_back)["appeal"]["status"] == "withdrawn"
    assert taken_back.json()["violation"]["appealable_until"] is None
    sandbox.record("s-1", "v-2")
    post(sandbox, "", FILING, "v-2")
    by = done(post(sandbox, "1/withdrawal", {"actor": "agent-7"}, "v-2"))
    fact = sandbox.get(f"/v1/facts/{by['facts'][0]['fact_id']}")
    assert (fact["kind"], fact["actor"]) == ("appeal-withdrawn.v1", "agent-7")


def test_a_round_without_evidence_lapses_at_its_instant(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    post(sandbox, "", FILING)
    sandbox.move("2026-01-03T00:00:00Z")
    assert rounds(sandbox)[0]["status"] == "filed"
    sandbox.move("2026-01-03T00:00:00.000001Z")
    (fallen,) = rounds(sandbox)
    assert (fallen["status"], fallen["closed_at"]) == ("lapsed", "2026-01-03T00:00:00.000001Z")
    (fact,) = sandbox.get("/v1/facts", kind="appeal-lapsed")["facts"]
    assert fact["effective_at"] == fact["recorded_at"] == "2026-01-03T00:00:00.000001Z"
    sandbox.move("2027-06-01T00:00:00Z")
    assert len(sandbox.get("/v1/facts", kind="appeal-lapsed")["facts"]) == 1


def test_a_lapse_is_shown_at_its_instant_though_nobody_has_recorded_it() -> None:
    until = parse_instant("2026-01-03T00:00:00Z")
    filed = Round(1, 4, parse_instant(START), "s-1", until)
    assert [appeal_of(filed, now).status for now in (until, until + 1)] == ["filed", "lapsed"]


def test_an_annulment_closes_an_open_round(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    post(sandbox, "", FILING)
    taken_back = done(sandbox.annul("s-1", "v-1"))
    assert taken_back["violation"]["appeal"]["status"] == "withdrawn"
    assert [fact["kind"] for fact in taken_back["facts"]] == [
        "violation-annulled.v1",
        "appeal-withdrawn.v1",
    ]
    assert sandbox.annul("s-1", "v-1").json() == taken_back


# -- once ---------------------------------------------------------------------------------


def test_a_repeat_is_told_the_same_whatever_happened_since(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", "explosives")
    steps: list[tuple[str, Any]] = [
        ("", FILING),
        ("1/evidence", {"evidence": ["photograph-1", "invoice-1"]}),
        ("1/evidence", {"evidence": ["invoice-2"]}),
        ("1/decision", UPHELD),
    ]
    first = [post(sandbox, *steps[0])]
    sandbox.move("2026-01-02T00:00:00Z")
    assert post(sandbox, *steps[0]).content == first[0].content
    first += [post(sandbox, *step) for step in steps[1:]]
    sandbox.move("2026-02-01T00:00:00Z")
    sandbox.record("s-1", "v-2", "seeds")
    for step, before in list(zip(steps, first, strict=True))[1:]:
        again = post(sandbox, *step)
        assert (again.status_code, again.content) == (200, before.content)
        assert again.headers["idempotency-replayed"] == "true"
        assert "idempotency-replayed" not in before.headers
    # Without its key the filing would be another: but the violation is cancelled.
    assert done(post(sandbox, *steps[0]), 409)["type"] == "/problems/already-annulled"


def test_a_withdrawal_and_a_filing_under_a_key_are_repeats_too(sandbox: World) -> None:
    key = {"Idempotency-Key": "k-1"}
    sandbox.record("s-1", "v-1", "copyright", **BY_HOLDER)
    first = post(sandbox, "", FILING, headers=key)
    gone = post(sandbox, "1/withdrawal", {})
    assert post(sandbox, "1/withdrawal", {}).content == gone.content
    again = post(sandbox, "", FILING, headers=key)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


def test_a_key_of_one_round_is_none_of_the_next(sandbox: World) -> None:
    key = {"Idempotency-Key": "k-1"}
    sandbox.record("s-1", "v-1", "copyright", **BY_HOLDER)
    post(sandbox, "", FILING)
    done(post(sandbox, "1/decision", REJECTED, headers=key))
    post(sandbox, "", FILING)
    problem = done(post(sandbox, "2/decision", REJECTED, headers=key), 409)
    assert (problem["type"], problem["field"]) == ("/problems/told-differently", "round")


@pytest.mark.parametrize(
    ("step", "body", "field"),
    [
        ("", FILING | {"reason": "another"}, "reason"),
        ("", FILING | {"evidence": ["photograph-1"]}, "evidence"),
        ("", FILING | {"filed_by": "somebody"}, "filed_by"),
        ("1/decision", REJECTED | {"outcome": "upheld"}, "outcome"),
        ("1/decision", REJECTED | {"reviewer": "omar"}, "reviewer"),
        ("1/decision", REJECTED | {"reasons": "others"}, "reasons"),
    ],
)
def test_other_content_under_the_same_step_names_the_field(
    sandbox: World, step: str, body: Any, field: str
) -> None:
    sandbox.record("s-1", "v-1", "copyright", **BY_HOLDER)
    post(sandbox, "", FILING)
    if step:
        post(sandbox, "1/decision", REJECTED)
    problem = done(post(sandbox, step, body), 409)
    assert (problem["type"], problem["field"]) == ("/problems/told-differently", field)


def test_a_withdrawal_by_another_is_none_of_the_first(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    post(sandbox, "", FILING)
    done(post(sandbox, "1/withdrawal", {"actor": "agent-7"}))
    problem = done(post(sandbox, "1/withdrawal", {"actor": "agent-8"}), 409)
    assert (problem["type"], problem["field"]) == ("/problems/told-differently", "actor")


# -- what is refused ----------------------------------------------------------------------

REFUSALS: list[tuple[str, str, Any, int, str, str, str | None]] = [
    # what happened before, a step, its body; status, type, field, accepted
    ("", "", {}, 422, "malformed-body", "reason", "text of 1 to 5,000 characters"),
    ("", "", FILING | {"reason": ""}, 422, "malformed-body", "reason", None),
    ("", "", FILING | {"mood": "bad"}, 422, "malformed-body", "mood", None),
    ("", "", FILING | {"evidence": [""]}, 422, "malformed-body", "evidence[0]", None),
    ("", "1/evidence", {"evidence": ["a"]}, 404, "unknown-appeal", "round", None),
    ("", "1/decision", UPHELD, 404, "unknown-appeal", "round", None),
    ("", "1/withdrawal", {}, 404, "unknown-appeal", "round", None),
    ("late", "", FILING, 409, "appeal-too-late", "violation_id",
     "filing up to 2026-01-05T00:00:00.000000Z"),
    ("annulled", "", FILING, 409, "already-annulled", "violation_id",
     "a violation that is current or expired"),
    ("filed", "1/evidence", {"evidence": []}, 422, "malformed-body", "evidence", None),
    ("filed", "2/evidence", {"evidence": ["a"]}, 404, "unknown-appeal", "round", None),
    ("filed", "2/decision", UPHELD, 404, "unknown-appeal", "round", None),
    ("filed", "0/decision", UPHELD, 422, "malformed-body", "round",
     "a whole number from 1 to 1,000"),
    ("filed", "1001/withdrawal", {}, 422, "malformed-body", "round",
     "a whole number from 1 to 1,000"),
    ("filed", "1/decision", UPHELD | {"round": 2}, 422, "malformed-body", "round", "1, or nothing"),
    ("filed", "1/decision", UPHELD | {"outcome": "maybe"}, 422, "malformed-body", "outcome", None),
    ("filed", "1/decision", UPHELD | {"reviewer": "svc"}, 409, "reviewer-not-independent",
     "reviewer", "somebody who had no part in it"),
    ("filed", "1/decision", UPHELD | {"reviewer": "s-1"}, 409, "reviewer-not-independent",
     "reviewer", "somebody who had no part in it"),
    ("lapsed", "1/evidence", {"evidence": ["a"]}, 409, "appeal-too-late", "violation_id",
     "evidence up to 2026-01-03T00:00:00.000000Z"),
    ("lapsed", "1/decision", UPHELD, 409, "appeal-closed", "round", "a round that can be decided"),
    ("lapsed", "1/withdrawal", {}, 409, "appeal-closed", "round", "a round that can be withdrawn"),
    ("lapsed", "", FILING, 409, "appeal-closed", "round", "an appeal against another violation"),
    ("overtaken", "1/withdrawal", {}, 409, "appeal-closed", "round",
     "a round that can be withdrawn"),
    ("rejected", "", FILING, 409, "appeal-out-of-rounds", "violation_id",
     "a violation with a round left"),
    ("rejected", "1/evidence", {"evidence": ["a"]}, 409, "appeal-closed", "round",
     "a round that is open to evidence"),
    ("brand", "", FILING, 409, "appeal-brand-verification-missing", "brand_verification",
     "an opaque reference, 1 to 500 characters"),
    ("ip", "1/evidence", {"evidence": ["a"]}, 409, "appeal-evidence-with-filing", "evidence",
     "evidence in the filing of the next round"),
    ("ip twice", "2/decision", UPHELD, 409, "reviewer-not-independent", "reviewer",
     "somebody who had no part in it"),
    ("ip late", "", FILING, 409, "appeal-too-late", "violation_id",
     "filing up to 2026-01-31T00:00:00.000000Z"),
]  # fmt: skip


def happened(world: World, before: str) -> None:
    """What the refusals need to have happened."""
    if before.startswith("ip"):
        world.record("s-1", "v-1", "copyright", **BY_HOLDER)
    elif before == "brand":
        world.record("s-1", "v-1", "trademark", severity="serious")
    else:
        world.record("s-1", "v-1")
    if before in ("filed", "lapsed", "overtaken", "rejected") or before.startswith("ip"):
        assert post(world, "", FILING).status_code == 201
    if before in ("rejected", "ip twice", "ip late"):
        assert post(world, "1/decision", REJECTED).status_code == 200
    match before:
        case "late" | "lapsed":
            world.move("2026-01-05T00:00:00.000001Z")
        case "annulled" | "overtaken":
            world.annul("s-1", "v-1")
        case "ip twice":
            assert post(world, "", FILING).status_code == 201
        case "ip late":
            world.move("2026-01-31T00:00:00.000001Z")
        case _:
            pass


@pytest.mark.parametrize(
    ("before", "step", "body", "status", "name", "field", "accepted"), REFUSALS
)
def test_what_is_refused_says_what_would_be_accepted(
    sandbox: World,
    before: str,
    step: str,
    body: Any,
    status: int,
    name: str,
    field: str,
    accepted: str | None,
) -> None:
    happened(sandbox, before)
    facts = sandbox.get("/v1/facts")
    problem = done(post(sandbox, step, body), status)
    assert (problem["type"], problem["field"]) == (f"/problems/{name}", field), problem
    assert accepted is None or problem["accepted"] == accepted
    assert sandbox.get("/v1/facts") == facts


@pytest.mark.parametrize("step", ["", "1/evidence", "1/decision", "1/withdrawal"])
def test_a_violation_that_is_not_there_cannot_be_appealed(sandbox: World, step: str) -> None:
    body = {"": FILING, "1/evidence": {"evidence": ["a"]}, "1/decision": UPHELD}.get(step, {})
    assert done(post(sandbox, step, body), 404)["type"] == "/problems/unknown-violation"
    address = "/v1/sellers/s-1/violations/v-1/appeals"
    assert done(sandbox.client.get(address), 404)["type"] == "/problems/unknown-violation"


def test_what_is_no_number_of_a_round_leads_nowhere(sandbox: World) -> None:
    for number in ("one", "-1", "1.0", "9" * 5_000):
        assert post(sandbox, f"{number}/decision", UPHELD).status_code == 404


def test_a_body_that_may_be_absent_is_still_read_where_it_is_there(sandbox: World) -> None:
    happened(sandbox, "filed")
    address = "/v1/sellers/s-1/violations/v-1/appeals/1/withdrawal"
    for content, kind, status in (
        (b"[]", "application/json", 422),
        (b"{", "application/json", 422),
        (b"{}", "text/plain", 415),
    ):
        headers = {"Content-Type": kind}
        assert sandbox.client.post(address, content=content, headers=headers).status_code == status


# -- what is shown ------------------------------------------------------------------------


def test_every_round_is_listed_with_what_was_said_in_it(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", "copyright", severity="general", source="platform")
    filing = FILING | {"evidence": ["invoice-1"], "brand_verification": "approval-1"}
    post(sandbox, "", filing)
    post(sandbox, "1/decision", REJECTED)
    post(sandbox, "", filing | {"reason": "Look again."})
    first, second = rounds(sandbox)
    assert first == {
        "round": 1,
        "status": "rejected",
        "filed_at": START,
        "evidence_until": None,
        "next_round_until": "2026-01-31T00:00:00.000000Z",
        "reason": "It was a kitchen knife.",
        "evidence": ["invoice-1"],
        "brand_verification": "approval-1",
        "filed_by": "s-1",
        "closed_at": START,
        "reviewer": "rita",
        "reasons": "It was none.",
        "erased": False,
        "position": first["position"],
    }
    assert (second["status"], second["reason"], second["reviewer"]) == (
        "filed",
        "Look again.",
        None,
    )
    address = "/v1/sellers/s-1/violations/v-1/appeals"
    page = sandbox.get(address, limit=1)
    assert (page["appeals"], page["next"]) == ([first], first["position"])
    assert sandbox.get(address, after=page["next"]) == {"appeals": [second], "next": None}
    csv = sandbox.client.get(address, headers={"Accept": "text/csv"}).text
    assert [row.split(",")[:2] for row in csv.splitlines()[1:]] == [
        ["1", "rejected"],
        ["2", "filed"],
    ]


def test_evidence_that_came_later_stands_behind_that_of_the_filing(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    assert rounds(sandbox) == []
    post(sandbox, "", FILING | {"evidence": ["a"]})
    post(sandbox, "1/evidence", {"evidence": ["c", "b"]})
    assert rounds(sandbox)[0]["evidence"] == ["a", "c", "b"]


def test_violations_that_can_be_appealed_now(sandbox: World) -> None:
    for violation in ("open", "decided", "lapsed", "annulled", "untouched"):
        sandbox.record("s-1", violation, "seeds", points=1)
    sandbox.record("s-1", "again", "copyright", **BY_HOLDER)
    post(sandbox, "", FILING | {"evidence": ["a"]}, "open")
    post(sandbox, "", FILING, "lapsed")
    for violation in ("decided", "again"):
        post(sandbox, "", FILING, violation)
        post(sandbox, "1/decision", REJECTED, violation)
    sandbox.annul("s-1", "annulled")

    def listed(appealable: bool, **more: str) -> list[str]:
        page = sandbox.get("/v1/sellers/s-1/violations", appealable=appealable, **more)
        return [violation["violation_id"] for violation in page["violations"]]

    assert listed(True) == ["untouched", "again"]
    assert listed(False) == ["open", "decided", "lapsed", "annulled"]
    assert listed(True, family="prohibited") == ["untouched"]
    for now, left in (
        ("2026-01-05T00:00:00Z", ["untouched", "again"]),
        ("2026-01-05T00:00:00.000001Z", ["again"]),
        ("2026-01-31T00:00:00Z", ["again"]),
        ("2026-01-31T00:00:00.000001Z", []),
    ):
        sandbox.move(now)
        assert listed(True) == left
    shown = sandbox.get("/v1/sellers/s-1/violations/lapsed")["appeal"]
    assert shown["status"] == "lapsed"


def test_instants_of_facts_are_told_as_instants_however_deep_they_stand() -> None:
    at, until = parse_instant(START), parse_instant("2026-01-31T00:00:00Z")
    rejected = AppealRejected(
        recorded_at=at, actor="rita", violation_id="v-1", round=1, next_round_until=until, seal="s"
    )
    settlement = Settlement(
        refund_minor=500, currency="EUR", at_fault="seller", why="ruled", tracking_until=until
    )
    ruled = DisputeRuled(
        recorded_at=at, actor="rita", seller_id="s-1", settlement=settlement, seal="s"
    )
    told = [
        fact_seen(StoredFact("seller-s-1", 1, 1, "", fact, b"")).data for fact in (rejected, ruled)
    ]
    assert told[0]["next_round_until"] == "2026-01-31T00:00:00.000000Z"
    assert told[1]["settlement"]["tracking_until"] == "2026-01-31T00:00:00.000000Z"
    assert told[1]["appeal_until"] is None


# -- who may ask --------------------------------------------------------------------------


def test_a_seller_sees_its_own_appeals_without_names_and_notes_of_the_house(locked: Any) -> None:
    world, keys = locked
    world.client.post(
        "/v1/sellers/s-1/violations",
        json=report("v-1", "copyright", reported_by="platform", **BY_HOLDER),
        headers=keys["platform"],
    )
    filing = FILING | {"filed_by": "platform", "evidence": ["invoice-1"]}
    done(post(world, "", filing, headers=keys["platform"]), 201)
    decision = REJECTED | {"reviewer": "reviewer", "reasons": "An inner matter."}
    done(post(world, "1/decision", decision, headers=keys["reviewer"]))
    (own,) = rounds(world, headers=keys["s-1"])
    (full,) = rounds(world, headers=keys["analyst"])
    assert (full["reviewer"], full["reasons"]) == ("reviewer", "An inner matter.")
    hidden = {"filed_by": None, "reviewer": None, "reasons": None}
    assert own == full | hidden
    assert (own["reason"], own["evidence"]) == ("It was a kitchen knife.", ["invoice-1"])
    page = world.client.get("/v1/sellers/s-1/violations", headers=keys["s-1"]).text
    notices = world.client.get("/v1/sellers/s-1/notices", headers=keys["s-1"]).text
    for said in (json.dumps(own), page, notices):
        assert "reviewer-" not in said
        assert "inner" not in said
    other = world.client.get("/v1/sellers/s-2/violations/v-1/appeals", headers=keys["s-1"])
    assert (other.status_code, other.json()["type"]) == (403, "/problems/other-seller")


def test_nobody_signs_an_appeal_for_somebody_else(locked: Any) -> None:
    world, keys = locked
    for step, body, field in (
        ("", FILING, "filed_by"),
        ("1/evidence", {"evidence": ["a"], "actor": "somebody"}, "actor"),
        ("1/decision", UPHELD, "reviewer"),
        ("1/withdrawal", {"actor": "somebody"}, "actor"),
    ):
        problem = done(post(world, step, body, headers=keys["reviewer"]), 403)
        assert (problem["type"], problem["field"]) == ("/problems/actor-mismatch", field)
    # A reviewer's key alone decides.
    decision = UPHELD | {"reviewer": "platform"}
    assert post(world, "1/decision", decision, headers=keys["platform"]).status_code == 403


# -- lines --------------------------------------------------------------------------------


def commands(violation: str, outcome: str = "upheld") -> list[dict[str, Any]]:
    """A whole appeal as lines of a batch."""
    about = {"seller_id": "s-1", "violation_id": violation}
    return [
        line("s-1", violation),
        {"command": "file-appeal", **about, **FILING},
        {"command": "add-appeal-evidence", **about, "round": 1, "evidence": ["photograph-1"]},
        {"command": "decide-appeal", **about, "round": 1, **UPHELD, "outcome": outcome},
        {"command": "withdraw-appeal", **about, "round": 1},
    ]


def test_the_steps_are_lines_of_a_batch_too(sandbox: World) -> None:
    lines = [*commands("v-1")[:4], *commands("v-2")[:2], commands("v-2")[4]]
    told = sandbox.batch(*lines)
    assert [answer["status"] for answer in told] == ["accepted"] * 7, told
    assert [rounds(sandbox, v)[0]["status"] for v in ("v-1", "v-2")] == ["upheld", "withdrawn"]
    again = sandbox.batch(*lines)
    # A filing is a repeat only while its round is open: of one that was closed nothing is left.
    assert [answer.get("replayed") for answer in again] == [
        True, None, True, True, True, None, True,
    ]  # fmt: skip
    refused = sandbox.batch(commands("v-1")[4], {"command": "file-appeal", "seller_id": "s-1"})
    assert [answer["problem"]["type"] for answer in refused] == [
        "/problems/appeal-closed",
        "/problems/malformed-body",
    ]


def test_a_batch_of_a_platform_decides_nothing(locked: Any) -> None:
    world, keys = locked
    lines = commands("v-1")
    lines[0]["reported_by"] = lines[1]["filed_by"] = "platform"
    lines[3]["reviewer"] = "platform"
    answer = world.client.post(
        "/v1/facts:batch",
        content="\n".join(map(json.dumps, lines)),
        headers={"Content-Type": "application/x-ndjson", **keys["platform"]},
    )
    told = [json.loads(said) for said in answer.text.splitlines()]
    assert [said["status"] for said in told] == [
        "accepted", "accepted", "accepted", "refused", "accepted",
    ]  # fmt: skip
    assert told[3]["problem"]["type"] == "/problems/wrong-scope"


# -- notices ------------------------------------------------------------------------------


def notices(world: World) -> list[tuple[str, str, str | None]]:
    page = world.get("/v1/sellers/s-1/notices")
    return [(n["title"], n["text"], n["until"]) for n in page["notices"]]


def test_a_seller_is_told_what_becomes_of_its_appeal(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    post(sandbox, "", FILING)
    title, text, until = notices(sandbox)[-1]
    assert (title, until) == ("Appeal filed", "2026-01-03T00:00:00.000000Z")
    assert text == (
        "Your appeal against the violation v-1 (“weapons”), round 1, was filed on 1 January 2026 "
        "at 00:00:00 (UTC). Evidence has to follow until 3 January 2026 at 00:00:00 (UTC), else "
        "the appeal lapses. Somebody who had no part in it decides."
    )
    assert "You have appealed it, and that is not decided yet." in notices(sandbox)[0][1]
    post(sandbox, "1/evidence", {"evidence": ["a"]})
    post(sandbox, "1/decision", UPHELD)
    assert [title for title, _, _ in notices(sandbox)] == [
        "Violation recorded: weapons",
        "Appeal filed",
        "Appeal upheld",
        "Violation cancelled",
    ]
    assert notices(sandbox)[-1][1] == (
        "The violation v-1 (“weapons”) was cancelled on 1 January 2026 at 00:00:00 (UTC), because "
        "your appeal was upheld. It counts as if it had never been recorded."
    )
    assert not any("rita" in text for _, text, _ in notices(sandbox))


def test_a_seller_is_told_of_the_next_round_and_of_the_last(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", "copyright", **BY_HOLDER)
    post(sandbox, "", FILING)
    assert "Evidence had to come with it." in notices(sandbox)[-1][1]
    post(sandbox, "1/decision", REJECTED)
    title, text, until = notices(sandbox)[-1]
    assert (title, until) == ("Appeal rejected", "2026-01-31T00:00:00.000000Z")
    assert "You can appeal once more, in round 2, until 31 January 2026" in text
    assert "Your appeal was rejected; you can appeal once more until" in notices(sandbox)[0][1]
    for number, reviewer in ((2, "omar"), (3, "kim")):
        post(sandbox, "", FILING)
        post(sandbox, f"{number}/decision", REJECTED | {"reviewer": reviewer})
    title, text, until = notices(sandbox)[-1]
    assert (title, until) == ("Appeal rejected", None)
    assert "There is no further round, and the violation stands." in text
    assert "Your appeal was rejected, and there is no further one." in notices(sandbox)[0][1]


def test_a_seller_is_told_of_a_lapse_a_withdrawal_and_of_what_was_closed(sandbox: World) -> None:
    for violation in ("v-1", "v-2", "v-3"):
        sandbox.record("s-1", violation, "seeds")
        post(sandbox, "", FILING, violation)
    post(sandbox, "1/withdrawal", {}, "v-2")
    assert notices(sandbox)[-1][0] == "Appeal withdrawn"
    sandbox.annul("s-1", "v-3")
    assert notices(sandbox)[-1][0] == "Appeal closed"
    assert "nothing is left to decide" in notices(sandbox)[-1][1]
    sandbox.move("2026-01-04T00:00:00Z")
    title, text, _ = notices(sandbox)[-1]
    assert title == "Appeal lapsed"
    assert "no evidence came until 3 January 2026 at 00:00:00 (UTC)" in text
